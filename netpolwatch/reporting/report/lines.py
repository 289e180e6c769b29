"""Lines of text for a terminal or a pipe: paragraphs, tables, commands.

A pipe has no width: nothing is folded there, so that `grep` finds what was logged. On a terminal
paragraphs and last columns are folded at its width. Commands are never folded: they are copied.
"""

import re
from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from netpolwatch.reporting.printable import printable

_LEAST_LAST: Final = 24
_GAP: Final = "  "
_WORDS: Final = re.compile(r"\s*\S+|\s+")


class Cell(NamedTuple):
    """A text (untrusted) and its style."""

    text: str
    style: str = ""


class Lines:
    """Lines that are being written; `width` is that of the terminal, `None` for a pipe."""

    def __init__(self, width: int | None) -> None:
        self._width = width
        self.written: list[Text] = []

    def blank(self) -> None:
        """Write an empty line."""
        self.written.append(Text())

    def line(self, *cells: Cell, indent: int = 0) -> None:
        """Write one line; on a terminal, it is cut where that ends."""
        text = Text(" " * indent)
        for cell in cells:
            text.append(printable(cell.text), style=cell.style)
        if self._width is not None and text.cell_len > self._width:
            text.truncate(self._width, overflow="ellipsis")
        self.written.append(text)

    def heading(self, name: str, about: str = "") -> None:
        """Write a heading, with a few words about what follows."""
        cells = [Cell(name, "bold"), *([Cell(f"  {about}", "dim")] if about else ())]
        self.paragraph_of(cells)

    def paragraph(self, text: str, indent: int = 0, style: str = "", hanging: int = 0) -> None:
        """Write a paragraph, folded on a terminal."""
        for number, part in enumerate(self._folded(printable(text), indent, hanging)):
            self.written.append(Text(" " * (indent + hanging * bool(number)) + part, style=style))

    def paragraph_of(self, cells: Sequence[Cell]) -> None:
        """Write cells one after another; on a terminal a word that does not fit begins a line."""
        text = Text()
        for cell in cells:
            for word in _WORDS.findall(printable(cell.text)):
                length = cell_len(word.rstrip())
                if self._width is not None and text and text.cell_len + length > self._width:
                    self._end(text)
                    text, word = Text(_GAP), word.lstrip()  # noqa: PLW2901  # a line begins
                text.append(word, style=cell.style)
        self._end(text)

    def command(self, text: str, indent: int) -> None:
        """Write a command whole."""
        self.written.append(Text(" " * indent + "$ " + printable(text), style="cyan"))

    def verbatim(self, text: str, indent: int, style: str = "") -> None:
        """Write lines that are copied whole, such as YAML."""
        for line in text.splitlines():
            self.written.append(Text(" " * indent + printable(line), style=style))

    def table(self, rows: Iterable[Sequence[Cell]], indent: int = 2, *, cut: bool = False) -> None:
        """Write rows with aligned columns; the last one is folded, or with `cut` shortened."""
        shown = [[Cell(printable(cell.text), cell.style) for cell in row] for row in rows]
        if not shown:
            return
        widths = [max(cell_len(row[at].text) for row in shown) for at in range(len(shown[0]) - 1)]
        for row in shown:
            self._row(row, widths, indent, cut=cut)

    def _row(self, row: Sequence[Cell], widths: Sequence[int], indent: int, *, cut: bool) -> None:
        start = indent + sum(widths) + len(_GAP) * len(widths)
        text = Text(" " * indent)
        for cell, width in zip(row, widths, strict=False):
            text.append(set_cell_size(cell.text, width) + _GAP, style=cell.style)
        last = row[-1]
        room = None if self._width is None else self._width - start
        if room is None or cell_len(last.text) <= room:
            self._end(text.append(last.text, style=last.style))
        elif cut:
            text.append(last.text, style=last.style)
            text.truncate(self._width or 0, overflow="ellipsis")
            self._end(text)
        elif room < _LEAST_LAST:
            self._end(text)
            self.paragraph(last.text, indent + 2 * len(_GAP), last.style)
        else:
            self._hang(text, last, room, start)

    def _hang(self, text: Text, last: Cell, room: int, start: int) -> None:
        first, *rest = wrap(last.text, room, break_on_hyphens=False)
        self._end(text.append(first, style=last.style))
        for part in rest:
            self.written.append(Text(" " * start + part, style=last.style))

    def _end(self, text: Text) -> None:
        text.rstrip()
        if self._width is not None and text.cell_len > self._width:
            text.truncate(self._width, overflow="ellipsis")
        self.written.append(text)

    def _folded(self, text: str, indent: int, hanging: int) -> list[str]:
        if self._width is None:
            return [text]
        room = max(_LEAST_LAST, self._width - indent - hanging)
        return wrap(text, room, break_on_hyphens=False) or [""]
