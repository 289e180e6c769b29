"""JSON documents: what the AWS CLI, query tools, collectors and `kubectl` print as one value.

A document is an object that holds a list under one of the names in which tools hold their events,
a list of events or rows, or any value that is written over several lines. Its parts come out one
by one, each with what the objects around it say; a value of one part is a record itself.
"""

import re
from collections.abc import Generator, Iterator
from typing import Final

from netpolwatch.ingest.exports import parts
from netpolwatch.ingest.exports.elements import BrokenOffError, Source, elements
from netpolwatch.ingest.losses import Losses
from netpolwatch.ingest.record import Record

_VALUE = (
    r'(?:"[^"\\]{0,4096}"|null|true|false|-?[\d.eE+]{1,32}|\{[^{}]{0,4096}\}|\[[^\[\]]{0,4096}\])'
)
_LISTS: Final = (
    # An object whose own keys come to the list within a few plain values.
    rf'\{{\s*(?:"[A-Za-z]{{1,40}}"\s*:\s*{_VALUE}\s*,\s*){{0,8}}'
    r'"(?:events"\s*:\s*\[\s*[\]{]|results"\s*:\s*\[\s*[\]\[]|Events"\s*:\s*\[\s*[\]{]'
    r'|[Rr]ecords"\s*:\s*\[\s*\{|items"\s*:\s*\[\s*\{|resourceLogs"\s*:\s*\[\s*\{'
    r'|hits"\s*:\s*\{|data"\s*:\s*\{\s*"result(?:Type)?")'
)
_OPENING = re.compile(
    rf"[\s\ufeff]{{0,64}}(?:{_LISTS}"
    # A list of events, or of rows.
    r'|\[\s*(?:\[\s*)?\{\s*"(?:@[A-Za-z]|field"|timestamp"|message"|id"|eventId"|log(?:Group|Stream))'
    # A value over several lines.
    r'|\{[ \t]*\r?\n\s{0,256}"[^"\n]{1,256}"\s?:|\[[ \t]*\r?\n\s{0,256}["{\[])'
)
_LIST = re.compile(r"[\s\ufeff]{0,64}\[\s*[\[{\"]")


def opens(text: str, at: int = 0) -> bool:
    """Tell whether a document that holds events begins here."""
    return _OPENING.match(text, at) is not None


def opens_list(text: str, at: int = 0) -> bool:
    """Return whether a list begins here, of whatever: a document, if it is too long for a line."""
    return _LIST.match(text, at) is not None


def read(source: Source, numbers: Iterator[int], losses: Losses) -> Generator[Record, None, bool]:
    """Read one document, and tell whether it was whole.

    An element that is no event comes out as its text: nothing is lost. Raises `DocumentError`
    where an element is too large to be held.
    """
    try:
        for element in elements(source):
            yield from parts.records_of(element, numbers, losses)
    except BrokenOffError:
        return False
    return True
