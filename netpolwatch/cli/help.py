"""How the commands explain themselves: whole summaries, examples, exit codes, what was meant."""

import shutil
from typing import TYPE_CHECKING, Any, Final

from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

EXIT_CODES: Final = """\b
Exit codes:
  0    ran
  1    findings at or above --fail-on; a check or a test that failed
  2    bad usage, unreadable input or unwritable output
  3    with --fail-on: nothing was recognised, or a part of the input was left out
  130  interrupted by Ctrl-C (143 by SIGTERM), after a report of what was read"""

FORMATS: Final = """\b
Reads: log files, folders, .gz, .zip, .tar.gz, node bundles of eks-log-collector,
exports of the AWS CLI and of Logs Insights, subscription payloads, standard input.
The whole list: docs/inputs.md"""

_MAX_COLUMNS: Final = 120
SETTINGS: Final[dict[str, Any]] = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": min(_MAX_COLUMNS, shutil.get_terminal_size().columns),
}
_SYNONYMS: Final = {
    "remove": "expire", "delete": "expire", "rm": "expire", "end": "expire", "ls": "list",
    "new": "add", "create": "add", "validate": "check", "lint": "check", "scan": "analyze",
    "report": "analyze", "why": "explain", "test": "test-alert", "history": "backfill",
    "catalog": "catalogue", "known-issues": "issues", "conf": "config", "mute": "silence",
}  # fmt: skip
"""What other tools call the same."""


def examples(*lines: str) -> str:
    """Return examples as the end of a command's help, with the exit codes below."""
    return "\b\nExamples:\n" + "".join(f"  {line}\n" for line in lines) + "\n" + EXIT_CODES


class Group(TyperGroup):
    """A group of commands; alone it shows its help, and summaries are never cut."""

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write each command with the first sentence of its help."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, _summary(command)) for name, command in commands if command is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: "Context", args: list[str]
    ) -> "tuple[str | None, Command | None, list[str]]":
        """Find a command; the name that another tool has for it is suggested."""
        meant = _SYNONYMS.get(args[0].lower()) if args else None
        if args and self.get_command(ctx, args[0]) is None and meant in self.commands:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {meant!r}?")
        return super().resolve_command(ctx, args)


def _summary(command: "Command") -> str:
    paragraph = " ".join((command.help or "").split("\n\n")[0].split())
    return paragraph.rstrip(".")
