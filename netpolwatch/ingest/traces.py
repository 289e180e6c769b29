"""A Go panic in plain text: the frames that follow decide whose panic it is."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from netpolwatch.ingest.prefix import without_container
from netpolwatch.ingest.records import Record

_MAX_TRACE_LINES = 100
_PANIC = "panic: "
_FRAME = re.compile(
    r"""
      \s                                  # an indented line: a file, or the panic told again
    | goroutine\ \d+\ \[                  # the goroutine's head
    | \[signal\ |panic\(|exit\ status\ |rax\ |created\ by\ |$
    | [A-Za-z0-9_.~-]+(?:/[^\s(]+)*[./]\s?(?:\(\*?\w+\)|[\w.]+)[^\s]*\(   # package.(*Type).method(
    """,
    re.VERBOSE,
)


def join_traces(records: Iterable[Record]) -> Iterator[Record]:
    """Attach to a panic's record the lines of its trace that follow it; every record is kept.

    Only records without a stream are joined: order stands in for time there and nowhere else.
    """
    waiting: list[Record] = []
    for record in records:
        if waiting and _continues(waiting, record):
            waiting.append(record)
            continue
        yield from _joined(waiting)
        waiting = [record] if _opens(record) else []
        if not waiting:
            yield record
    yield from _joined(waiting)


def _opens(record: Record) -> bool:
    text = without_container(record.event.message)
    return not record.log_stream and "\n" not in text and text.startswith(_PANIC)


def _continues(waiting: list[Record], record: Record) -> bool:
    text = without_container(record.event.message)
    return len(waiting) <= _MAX_TRACE_LINES and not record.log_stream and bool(_FRAME.match(text))


def _joined(waiting: list[Record]) -> Iterator[Record]:
    if waiting:
        trace = "\n".join(record.event.message for record in waiting[1:])
        yield msgspec.structs.replace(waiting[0], trace=trace)
        yield from waiting[1:]
