"""A JSON document of any size gives its elements one by one.

Only one element is held at a time: an export of gigabytes needs the memory of its largest event.
"""

import codecs
import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Final, NoReturn

from netpolwatch.ingest.lenient import read_value

MAX_ELEMENT_CHARS: Final = 32 * 1024 * 1024
"""A Lambda event of 6 MB; an event's message has 1 MiB, and six characters for each in escapes."""

_LISTS: Final = frozenset({
    "events", "results", "Events", "Records", "records", "items", "hits", "result", "resourceLogs",
})  # fmt: skip
"""The AWS CLI, Logs Insights, CloudTrail, Kinesis, Firehose, kubectl, OpenSearch, Loki, OTLP."""

_AROUND: Final = frozenset({"hits", "data"})
"""Objects around such a list: of OpenSearch and of Loki."""

_MAX_AROUND: Final = 2
_MAX_FIELDS: Final = 10_000
_CHUNK_CHARS = 1 << 20
_CLOSE_TO_END: Final = 16
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
            except ValueError as error:
                if self._is_wrong(error, scalar=scalar) or not self._read_more():
                    self._broken()

    def rest(self) -> Iterator[bytes]:
        """Give back what was not taken, in chunks."""
        yield self._text[self._at :].encode("utf-8", "replace")
        self._text, self._at = "", 0
        yield from self._chunks

    def _is_wrong(self, error: ValueError, *, scalar: bool) -> bool:
        """Whether more text cannot mend a value: it would be read to the end of the file."""
        if scalar:
            return _SCALAR_END.search(self._text, self._at) is not None
        if not isinstance(error, json.JSONDecodeError) or error.msg.startswith("Unterminated"):
            return False
        return error.pos < len(self._text) - _CLOSE_TO_END

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


def elements(source: Source) -> Iterator[object]:
    """Yield what the document holds: the elements of its lists of events, or itself.

    A list may stand in an object within. Other values of an object with a list are read and left.
    Raises `DocumentError`.
    """
    if source.peek() == "[":
        yield from _list(source)
    elif source.peek() == "{":
        fields = yield from _object(source)
        if fields is not None:
            yield fields
    else:
        yield source.value()


def _object(source: Source, depth: int = 0) -> Generator[object, None, dict[str, object] | None]:
    """Yield the elements of an object's lists; its fields come back where it has none."""
    fields: dict[str, object] = {}
    lists = False
    source.take("{")
    while source.peek() != "}":
        key = source.value()
        source.take(":")
        if key in _LISTS and source.peek() == "[":
            yield from _list(source)
            lists = True
        elif key in _AROUND and depth < _MAX_AROUND and source.peek() == "{":
            inner = yield from _object(source, depth + 1)
            lists = lists or inner is None
            fields.update({} if inner is None else {str(key): inner})
        else:
            fields[str(key)] = source.value()
        if len(fields) > _MAX_FIELDS:
            raise DocumentError(f"one object has more than {_MAX_FIELDS:,} keys")
        if source.peek() != "}":
            source.take(",")
    source.take("}")
    return None if lists else fields


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
