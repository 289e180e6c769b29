"""How a run ends before its end: the errors, and the exit codes of what a person stopped."""

from typing import Final

INTERRUPTED: Final = 130
"""The exit code of a run that Ctrl-C ended, as shells have it."""


class InputError(Exception):
    """An input cannot be read; the message is one line for a person."""


class OutputGoneError(Exception):
    """Nobody reads the report any more; `status` is the run's own exit code."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status
