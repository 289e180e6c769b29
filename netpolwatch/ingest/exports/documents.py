"""JSON documents: `filter-log-events` output, Logs Insights' results, lists of events."""

import re
from collections.abc import Generator, Iterator
from typing import Final

from netpolwatch.ingest.events import MAX_MESSAGE_CHARS, LogEvent
from netpolwatch.ingest.exports import event_json
from netpolwatch.ingest.exports.elements import BrokenOffError, Source, as_text, elements
from netpolwatch.ingest.lenient import without_surrogates
from netpolwatch.ingest.record import Record

_LISTS: Final = frozenset({"events", "results"})
_VALUE = (
    r'(?:"[^"\\]{0,4096}"|null|true|false|-?[\d.eE+]{1,32}|\{[^{}]{0,4096}\}|\[[^\[\]]{0,4096}\])'
)
_OPENING = re.compile(
    r"[\s\ufeff]{0,64}(?:"
    # An object whose own keys come to the list within a few plain values.
    rf'\{{\s*(?:"[A-Za-z]{{1,40}}"\s*:\s*{_VALUE}\s*,\s*){{0,8}}'
    r'"(?:events"\s*:\s*\[\s*[\]{]|results"\s*:\s*\[\s*[\]\[])'
    # A list of events, or of rows.
    r'|\[\s*(?:\[\s*)?\{\s*"(?:@[A-Za-z]|field"|timestamp"|message"|id"|eventId"|log(?:Group|Stream)))'
)


def opens(text: str, at: int = 0) -> bool:
    """Tell whether a document that holds events begins here."""
    return _OPENING.match(text, at) is not None


def read(source: Source, numbers: Iterator[int]) -> Generator[Record, None, bool]:
    """Read one document, and tell whether it was whole.

    An element that is no event comes out as its text: nothing is lost. Raises `DocumentError`
    where an element is too large to be held.
    """
    try:
        for element in elements(source, _LISTS):
            number = next(numbers)
            yield event_json.record_of(number, element) or _plain(number, element)
    except BrokenOffError:
        return False
    return True


def _plain(number: int, element: object) -> Record:
    return Record(number, LogEvent(without_surrogates(as_text(element)[:MAX_MESSAGE_CHARS])))
