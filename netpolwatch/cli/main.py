"""The commands, and how they end.

0: ran; 1: findings at or above `--fail-on`; 2: bad usage, unreadable input or unwritable output.
"""

import os
import sys
from importlib import metadata
from io import TextIOWrapper
from typing import Annotated, NoReturn

import typer

from netpolwatch.catalogue.loader import CatalogueError
from netpolwatch.cli import catalogue, config, silence
from netpolwatch.cli.analyze import OutputGoneError, analyze
from netpolwatch.cli.explain import explain
from netpolwatch.cli.history import backfill, learn
from netpolwatch.cli.inputs import INTERRUPTED, InputError
from netpolwatch.cli.issues import issues
from netpolwatch.cli.parse import parse
from netpolwatch.cli.replay import replay
from netpolwatch.cli.testing import send_test
from netpolwatch.reporting.printable import printable

USAGE = 2


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"netpolwatch {metadata.version('netpolwatch')}")
        raise typer.Exit


app = typer.Typer(
    name="netpolwatch",
    help="Explains network policy verdicts of Amazon EKS and names known faults of the VPC CNI.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(parse)
app.command()(analyze)
app.command()(explain)
app.command()(issues)
app.add_typer(catalogue.app, name="catalogue")
app.command()(backfill)
app.command()(learn)
app.add_typer(silence.app, name="silence")
app.command()(replay)
app.add_typer(config.app, name="config")
app.command("test-alert")(send_test)


@app.callback()
def _options(
    version: Annotated[  # typer calls its callback
        bool, typer.Option("--version", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Explain network policy verdicts of Amazon EKS and name known faults of the VPC CNI."""


def run() -> NoReturn:
    """Run the command line; an error is one line on stderr."""
    if sys.__stdout__ is None:
        _fail("standard output is closed")
    _spell_what_a_terminal_lacks()
    try:
        status = app(standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        _fail(f"{error.format_message()} (see --help)")
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
        sys.exit(INTERRUPTED)
    sys.exit(status if isinstance(status, int) else 0)


def _spell_what_a_terminal_lacks() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _fail(message: str) -> NoReturn:
    sys.stderr.write(f"netpolwatch: {printable(' '.join(message.split()))}\n")
    sys.exit(USAGE)


def _forget_output() -> None:
    # What is left in the buffer must not be flushed again at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
