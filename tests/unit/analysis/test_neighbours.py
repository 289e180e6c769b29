"""Blocks of records: what stands in memory while their lines are judged beside each other."""

from netpolwatch.analysis.neighbours import MAX_CHARS, MAX_RECORDS, Read, blocks
from netpolwatch.analysis.reading import Reading
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import Origin
from netpolwatch.ingest.records import Record


def _reads(count: int, chars: int) -> list[Read]:
    event = LogEvent("x" * chars)
    return [
        Read(Record(number, event), Origin(None, None), Reading(None, None))
        for number in range(count)
    ]


def test_a_block_ends_by_count_or_by_size() -> None:
    # given short lines, and lines of a megabyte
    short, long = _reads(2 * MAX_RECORDS + 1, 10), _reads(9, MAX_CHARS // 4)
    # then
    assert [len(block) for block in blocks(short)] == [MAX_RECORDS, MAX_RECORDS, 1]
    assert [len(block) for block in blocks(long)] == [4, 4, 1]
    assert [read for block in blocks(short) for read in block] == short
    assert not list(blocks([]))
