"""Lines that say nothing as they stand, looked into: the work is bounded, nothing is invented."""

from collections.abc import Iterator
from functools import cache

from netpolwatch import Analyzer
from netpolwatch.analysis.loosening import Loosener
from netpolwatch.analysis.meaning import answers_of
from netpolwatch.ingest.laptop import COPIES, RECORDS
from netpolwatch.ingest.wrappers.model import Unwrapped
from tests.fuzz.promises import text_of

_MAX_GROWTH = 8
"""A line may stand once in each cell of a row, or be told by an object and by its texts."""


def check(data: bytes) -> None:
    text = text_of(data)
    lines = Loosener(_analyzer().matcher).lines(Unwrapped(text))
    assert lines
    assert sum(len(line.text) for line in lines) <= _MAX_GROWTH * (len(text) + 16)
    for line in lines:
        line.text.encode()
        assert line.timestamp is None or abs(line.timestamp) < 2**53
    for answer in answers_of(_analyzer(), text):
        assert all(meaning.condition for meaning in answer.meanings)


def seeds() -> Iterator[bytes]:
    yield from (each.example.encode() for each in (*RECORDS, *COPIES))


@cache
def _analyzer() -> Analyzer:
    return Analyzer()
