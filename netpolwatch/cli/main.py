"""The commands, and how they end.

0: ran; 1: findings at or above `--fail-on`; 2: bad usage or unreadable input.
"""

import os
import sys
from typing import NoReturn

import typer

from netpolwatch.cli.analyze import analyze
from netpolwatch.cli.inputs import InputError
from netpolwatch.cli.issues import issues
from netpolwatch.cli.parse import parse

USAGE = 2

app = typer.Typer(
    name="netpolwatch",
    help="Explains network policy verdicts of Amazon EKS and names known faults of the VPC CNI.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(parse)
app.command()(analyze)
app.command()(issues)


def run() -> NoReturn:
    """Run the command line; an error is one line on stderr."""
    try:
        status = app(standalone_mode=False)
    except (typer.TyperException, InputError) as error:
        sys.stderr.write(f"netpolwatch: {' '.join(str(error).split())} (see --help)\n")
        sys.exit(USAGE)
    except BrokenPipeError:
        # The reader has gone (`| head`): stdout must not be flushed again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    sys.exit(status if isinstance(status, int) else 0)
