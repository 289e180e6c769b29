"""A Go panic in plain text: the frames that follow decide whose panic it is."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from netpolwatch.ingest.origin import AGENT_HABITS, NODE_BUNDLE
from netpolwatch.ingest.prefix import without_container
from netpolwatch.ingest.record import Record

_MAX_TRACE_LINES = 100
_PANIC = "panic: "
_FRAME = re.compile(
    r"""
      \s                                  # an indented line: a file, or the panic told again
    | goroutine\ \d+\ \[                  # the goroutine's head
    | \[signal\ |panic\(|exit\ status\ |rax\ |created\ by\ |$
    # package.(*Type).method( with an optional blank that copying put before the type. No two
    # neighbouring parts accept the same characters: the time is linear.
    | (?=[^\s(]{1,400}?[./])[\w.~-][^\s(]{0,400}(?:(?<=\.)\s)?(?:\(\*?\w{1,100}\)[^\s(]{0,400})?\(
    """,
    re.VERBOSE,
)


def join_traces(records: Iterable[Record]) -> Iterator[Record]:
    """Attach to a panic's record the lines of its trace that follow it; every record is kept.

    Only records without a stream are joined: order stands in for time there and nowhere else. The
    line before a panic joins it too when it is one that only the agent prints.
    """
    waiting: list[Record] = []
    hint = before = ""
    for record in records:
        if waiting and _continues(waiting, record):
            waiting.append(record)
            continue
        yield from _joined(waiting, hint)
        waiting, hint = ([record], before) if _opens(record) else ([], "")
        if not waiting:
            yield record
        before = _habit(record)
    yield from _joined(waiting, hint)


def _opens(record: Record) -> bool:
    text = without_container(record.event.message)
    return _ordered(record) and "\n" not in text and text.startswith(_PANIC)


def _continues(waiting: list[Record], record: Record) -> bool:
    text = without_container(record.event.message)
    same = _ordered(record) and record.log_stream == waiting[0].log_stream
    return same and len(waiting) <= _MAX_TRACE_LINES and bool(_FRAME.match(text))


def _ordered(record: Record) -> bool:
    # A bundle's member is one file, as it was written.
    return not record.log_stream or record.log_group.startswith(NODE_BUNDLE)


def _habit(record: Record) -> str:
    told = _ordered(record) and any(habit in record.event.message for habit in AGENT_HABITS)
    return record.event.message if told else ""


def _joined(waiting: list[Record], hint: str) -> Iterator[Record]:
    if waiting:
        lines = [record.event.message for record in waiting[1:]]
        trace = "\n".join([*lines, hint] if hint else lines)
        yield msgspec.structs.replace(waiting[0], trace=trace)
        yield from waiting[1:]
