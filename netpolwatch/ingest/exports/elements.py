"""A JSON document of any size gives its elements one by one.

Only one element is held at a time: an export of gigabytes needs the memory of its largest event.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NoReturn

from netpolwatch.ingest.lenient import read_value

MAX_ELEMENT_CHARS: Final = 32 * 1024 * 1024
"""A Lambda event of 6 MB; an event's message has 1 MiB, and six characters for each in escapes."""

_CHUNK_CHARS = 1 << 20
_LOOK_AHEAD_CHARS = 65_536
_BLANKS = re.compile(r"[\s\ufeff]*")
_SCALAR_END = re.compile(r"[\s,\]}]")


class DocumentError(ValueError):
    """A document cannot be read; the message is one line for a person."""


class BrokenOffError(DocumentError):
    """A document ends, or stops to be JSON, before its own end."""


class Source:
    """Text that is read on demand from chunks of bytes."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        self._at = 0

    def begins(self, opens: Callable[[str, int], bool]) -> bool:
        """Tell whether something begins here, by what follows within 64 KB."""
        if len(self._text) - self._at < _LOOK_AHEAD_CHARS:
            self._read_more()
        return opens(self._text, self._at)

    def peek(self) -> str:
        """Skip blanks and tell the next character; empty at the end."""
        while True:
            found = _BLANKS.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read_more():
                return ""

    def take(self, expected: str) -> None:
        """Take one character; raises `BrokenOffError` where another stands."""
        if self.peek() != expected:
            self._broken()
        self._at += 1

    def value(self) -> object:
        """Take one JSON value; raises `DocumentError`."""
        scalar = self.peek() not in ("{", "[", '"')
        while True:
            try:
                value, end = read_value(self._text, self._at)
                # A number may go on in the next chunk.
                if not scalar or end < len(self._text) or not self._read_more():
                    self._at = end
                    return value
            except ValueError:
                if self._is_wrong_scalar(scalar) or not self._read_more():
                    self._broken()

    def rest(self) -> Iterator[bytes]:
        """Give back what was not taken, in chunks."""
        yield self._text[self._at :].encode("utf-8", "replace")
        self._text, self._at = "", 0
        yield from self._chunks

    def _is_wrong_scalar(self, scalar: bool) -> bool:
        return scalar and _SCALAR_END.search(self._text, self._at) is not None

    def _read_more(self) -> bool:
        """Read as much again as there is, so that reading a value anew costs no more than twice."""
        held = self._text[self._at :]
        if len(held) > MAX_ELEMENT_CHARS:
            raise DocumentError(f"one element has more than {MAX_ELEMENT_CHARS >> 20} MB")
        pieces, wanted = [held], max(_CHUNK_CHARS, len(held))
        while wanted > 0:
            chunk = next(self._chunks, None)
            piece = self._decoder.decode(chunk or b"", final=chunk is None)
            pieces.append(piece)
            wanted -= len(piece)
            if chunk is None:
                break
        self._text, self._at = "".join(pieces), 0
        return len(self._text) > len(held)

    def _broken(self) -> NoReturn:
        raise BrokenOffError("the document is broken off")


def elements(source: Source, lists: frozenset[str]) -> Iterator[object]:
    """Yield what the document's list holds: the document itself, or its value of one of `lists`.

    Other values of the document are read and left. Raises `DocumentError`.
    """
    if source.peek() == "[":
        yield from _list(source)
        return
    source.take("{")
    while source.peek() != "}":
        key = source.value()
        source.take(":")
        if key in lists and source.peek() == "[":
            yield from _list(source)
        else:
            source.value()
        if source.peek() != "}":
            source.take(",")
    source.take("}")


def _list(source: Source) -> Iterator[object]:
    source.take("[")
    while source.peek() != "]":
        yield source.value()
        if source.peek() != "]":
            source.take(",")
    source.take("]")


def as_text(value: object) -> str:
    """Write a value as JSON text."""
    return json.dumps(value, ensure_ascii=False)
