"""Commands that are imported when they are called.

A group shows, completes and suggests its commands by name and summary: these stand in a table, and
a command's module, which brings the engine, is imported only to parse the command's own arguments.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from typer._click import Command, Context


@dataclass(frozen=True, slots=True)
class Declaration:
    """A command before it is imported.

    Attributes
    ----------
    place
        `module:name` of its function, or of the Typer app of its group.
    summary
        The first sentence of its help, without the full stop; a test holds the two equal.
    """

    name: str
    place: str
    summary: str
    epilog: str | None = None


class DeferredCommand(TyperCommand):
    """A command that stands for another until its arguments are parsed."""

    def __init__(self, declaration: Declaration) -> None:
        super().__init__(declaration.name, help=declaration.summary)
        self._declaration = declaration

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: "Context | None" = None,
        **extra: Any,  # noqa: ANN401  # as the method it overrides has it
    ) -> "Context":
        """Parse the arguments by the command itself, which the context then runs."""
        return load(self._declaration).make_context(info_name, args, parent=parent, **extra)


def load(declaration: Declaration) -> "Command":
    """Import a command and return it."""
    module, _, name = declaration.place.partition(":")
    target = getattr(import_module(module), name)
    if isinstance(target, typer.Typer):
        return typer.main.get_command(target)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(declaration.name, epilog=declaration.epilog)(target)
    return typer.main.get_command(app)
