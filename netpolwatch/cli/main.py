"""The commands, and how they end: see `netpolwatch.cli.help.EXIT_CODES`."""

import json
import os
import signal
import sys
from io import TextIOWrapper
from itertools import pairwise
from types import FrameType
from typing import Annotated, Final, NoReturn

import typer

from netpolwatch.catalogue.errors import CatalogueError
from netpolwatch.cli.commands import Commands
from netpolwatch.cli.endings import INTERRUPTED, InputError, OutputGoneError
from netpolwatch.cli.help import SETTINGS, examples
from netpolwatch.reporting.printable import printable

USAGE: Final = 2
TERMINATED: Final = 128 + signal.SIGTERM
_NO_ARGUMENTS: Final = "NoArgsIsHelpError"


def _print_version(value: bool) -> None:
    if value:
        from importlib import metadata  # noqa: PLC0415  # a third of what `--help` would import

        typer.echo(f"netpolwatch {metadata.version('netpolwatch')}")
        raise typer.Exit


app = typer.Typer(
    name="netpolwatch",
    help="Explains network policy verdicts of Amazon EKS and names known faults of the VPC CNI.",
    cls=Commands,
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
