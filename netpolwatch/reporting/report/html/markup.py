"""HTML and SVG elements from text that may come from a log.

A `Markup` is what `element` made; any other text is made printable and escaped. So log text
becomes markup nowhere, whatever it holds.
"""

from collections.abc import Iterable
from html import escape
from typing import Final

from netpolwatch.reporting.printable import printable

_VOID: Final = frozenset({"meta", "line", "rect", "path", "circle", "br"})
Attribute = str | int | float | bool


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: Attribute) -> Markup:
    """Return an element; `class_` is the attribute `class`, `_` in names is `-`, `True` is bare."""
    written = "".join(
        _attribute(key, value) for key, value in attributes.items() if value is not False
    )
    if name in _VOID and not children:
        return Markup(f"<{name}{written}>" if name in ("meta", "br") else f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{joined(children)}</{name}>")


def joined(children: Iterable[str]) -> Markup:
    """Return children one after another, those that are text escaped."""
    return Markup("".join(map(_escaped, children)))


def _escaped(child: str) -> str:
    return child if isinstance(child, Markup) else escape(printable(child), quote=False)


def _attribute(name: str, value: Attribute) -> str:
    key = name.rstrip("_").replace("_", "-")
    if key == "viewbox":
        key = "viewBox"
    if value is True:
        return f" {key}"
    shown = f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
    return f' {key}="{escape(printable(shown))}"'
