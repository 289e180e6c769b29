"""The commands, and how they end: see `netpolwatch.cli.help.EXIT_CODES`."""

import json
import os
import signal
import sys
from importlib import metadata
from io import TextIOWrapper
from itertools import pairwise
from types import FrameType
from typing import Annotated, Final, NoReturn

import typer

from netpolwatch.catalogue.loader import CatalogueError
from netpolwatch.cli import catalogue, config, silence
from netpolwatch.cli.analyze import OutputGoneError, analyze
from netpolwatch.cli.doctor import doctor
from netpolwatch.cli.explain import explain
from netpolwatch.cli.help import EXIT_CODES, FORMATS, SETTINGS, Group, examples
from netpolwatch.cli.history import backfill, learn
from netpolwatch.cli.inputs import INTERRUPTED, InputError
from netpolwatch.cli.issues import issues
from netpolwatch.cli.parse import parse
from netpolwatch.cli.replay import replay
from netpolwatch.cli.setup import setup
from netpolwatch.cli.testing import send_test
from netpolwatch.kubernetes.snapshot import LISTING
from netpolwatch.reporting.printable import printable

USAGE: Final = 2
TERMINATED: Final = 128 + signal.SIGTERM
_NO_ARGUMENTS: Final = "NoArgsIsHelpError"


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"netpolwatch {metadata.version('netpolwatch')}")
        raise typer.Exit


app = typer.Typer(
    name="netpolwatch",
    help="Explains network policy verdicts of Amazon EKS and names known faults of the VPC CNI.",
    cls=Group,
    context_settings=SETTINGS,
    epilog=examples(
        "netpolwatch analyze network-policy-agent.log",
        "netpolwatch analyze --format html eks_i-0123.tar.gz > report.html",
        "netpolwatch explain --snapshot snapshot.yaml flows.jsonl",
        "netpolwatch issues npa-link-not-found",
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(epilog=f"{FORMATS}\n\n{EXIT_CODES}")(parse)
app.command(
    epilog=FORMATS
    + "\n\n"
    + examples(
        "netpolwatch analyze network-policy-agent.log",
        "netpolwatch analyze --brief --severity high logs/",
        "netpolwatch analyze --since 2h --namespace shop events.jsonl",
        "netpolwatch analyze --format html bundle.tar.gz > report.html",
        "tail -F network-policy-agent.log | netpolwatch analyze --follow",
    )
)(analyze)
app.command(
    epilog=examples(
        f"{LISTING} > snapshot.yaml",
        "netpolwatch explain --snapshot snapshot.yaml flows.jsonl",
        "netpolwatch explain --events audit.jsonl --only violation flows.jsonl",
    )
)(explain)
app.command(epilog=examples("netpolwatch issues", "netpolwatch issues npa-link-not-found"))(issues)
app.add_typer(catalogue.app, name="catalogue")
app.command(epilog=examples("netpolwatch backfill --cluster prod --since 24h --region eu-west-1"))(
    backfill
)
app.command(epilog=examples("netpolwatch learn --cluster prod --since 7d"))(learn)
app.command(epilog=examples("netpolwatch doctor --cluster prod --region eu-west-1"))(doctor)
app.command(
    epilog=examples(
        "netpolwatch setup --cluster prod",
        "netpolwatch setup --cluster prod --apply",
        "netpolwatch setup --cluster prod --print fluent-bit",
    )
)(setup)
app.add_typer(silence.app, name="silence")
app.command(epilog=examples("netpolwatch replay --dry-run", "netpolwatch replay"))(replay)
app.add_typer(config.app, name="config")
app.command("test-alert", epilog=examples("netpolwatch test-alert --region eu-west-1"))(send_test)


@app.callback()
def _options(
    version: Annotated[  # typer calls its callback
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Explain network policy verdicts of Amazon EKS and name known faults of the VPC CNI."""


class _Terminated:
    """Whether SIGTERM came: it ends a run as Ctrl-C does, with another exit code."""

    def __init__(self) -> None:
        self.came = False
        signal.signal(signal.SIGTERM, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.came = True
        raise KeyboardInterrupt


def run() -> NoReturn:
    """Run the command line; an error is one line on stderr."""
    if sys.__stdout__ is None:
        _fail("standard output is closed")
    _spell_what_a_terminal_lacks()
    terminated = _Terminated()
    try:
        status = app(standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        _fail_usage(error)
    except InputError as error:
        _fail(str(error))
    except OutputGoneError as error:
        _forget_output()
        sys.exit(error.status)
    except CatalogueError as error:
        _fail(f"the catalogue cannot be read: {error}")
    except (BrokenPipeError, SystemExit):
        # The reader has gone (`| head`). Typer and Rich turn the broken pipe into `SystemExit(1)`,
        # which would look like findings; nothing else here exits by itself.
        _forget_output()
        sys.exit(0)
    except OSError as error:
        _forget_output()
        _fail(f"cannot write: {error.strerror or error}")
    except (typer.Abort, KeyboardInterrupt):
        status = INTERRUPTED
    if status == INTERRUPTED and terminated.came:
        status = TERMINATED
    sys.exit(status if isinstance(status, int) else 0)


def _fail_usage(error: typer.TyperException) -> NoReturn:
    if type(error).__name__ == _NO_ARGUMENTS:
        typer.echo(error.format_message())
        sys.exit(0)
    message = error.format_message().replace(": Value error, ", ": ")
    _fail(f"{message} (see --help)")


def _spell_what_a_terminal_lacks() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _fail(message: str) -> NoReturn:
    line = printable(" ".join(message.split()))
    shown = json.dumps({"error": line}) if _asks_for_json(sys.argv) else f"netpolwatch: {line}"
    sys.stderr.write(f"{shown}\n")
    sys.exit(USAGE)


def _asks_for_json(arguments: list[str]) -> bool:
    """Whether a script reads the output: it reads the error, too."""
    values = dict(pairwise(arguments))
    whole = next((each for each in arguments if each.startswith("--format=")), "")
    return (values.get("--format") or whole.removeprefix("--format=")).startswith("json")


def _forget_output() -> None:
    # What is left in the buffer must not be flushed again at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
