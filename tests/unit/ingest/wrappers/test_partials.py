"""Lines that a runtime cut: joined by stream, in order, within bounds, none lost."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.flows.line import parse_flow, render_flow
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import AGENT, Origin
from netpolwatch.ingest.wrappers.model import Unwrapped
from netpolwatch.ingest.wrappers.partials import (
    MAX_OPEN,
    MAX_PIECES,
    MAX_WAITING,
    join_partials,
)
from netpolwatch.ingest.wrappers.unwrap import unwrap
from tests.unit.flows.strategies import any_flow
from tests.unit.ingest.wrappers.wrapping import KUBERNETES, WRAPS, dumps

UNKNOWN = Origin(None, None)
Event = tuple[str, str]
"""A place and a text."""


def cri(tag: str, text: str, stream: str = "stderr") -> str:
    return f"2026-01-10T10:00:00.1Z {stream} {tag} {text}"


def parser(tag: str, text: str, stream: str = "stderr") -> str:
    return dumps({"stream": stream, "logtag": tag, "log": text, "kubernetes": KUBERNETES})


def inside(tag: str, text: str, stream: str = "stderr") -> str:
    return dumps({"log": cri(tag, text, stream), "kubernetes": KUBERNETES})


def joined(events: Iterable[Event]) -> list[tuple[int, list[str]]]:
    given = (
        (number, place, unwrap(LogEvent(text), UNKNOWN))
        for number, (place, text) in enumerate(events)
    )
    return [(number, [line.text for line in found]) for number, found in join_partials(given)]


def here(*texts: str) -> list[tuple[int, list[str]]]:
    return joined(("", text) for text in texts)


def cut(text: str, at: Iterable[int]) -> list[str]:
    bounds = [0, *sorted({place for place in at if 0 < place < len(text)}), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


@pytest.mark.parametrize("write", [cri, parser, inside])
@given(flow=any_flow, at=st.lists(st.integers(1, 300), max_size=5))
def test_a_line_in_pieces_is_the_line(write: object, flow: Flow, at: list[int]) -> None:
    assert callable(write)
    pieces = cut(render_flow(flow), at)
    found = here(*(write("P", piece) for piece in pieces[:-1]), write("F", pieces[-1]))
    assert [texts for _, texts in found[1:]] == [[] for _ in pieces[1:]]
    assert parse_flow(found[0][1][0]) == flow


@given(data=st.data(), streams=st.integers(1, 5))
def test_interleaved_streams_do_not_mix_and_each_event_comes_out_once_in_order(
    data: st.DataObject, streams: int
) -> None:
    # given lines in pieces, one a place, in any order that keeps each place's own
    texts = [f"{number}" * 40 for number in range(streams)]
    waiting = [cut(text, data.draw(st.lists(st.integers(1, 39), max_size=4))) for text in texts]
    events: list[Event] = []
    while any(waiting):
        number = data.draw(st.sampled_from([n for n, pieces in enumerate(waiting) if pieces]))
        piece = waiting[number].pop(0)
        events.append((f"place {number}", cri("P" if waiting[number] else "F", piece)))
    # when
    found = joined(events)
    # then
    assert [number for number, _ in found] == list(range(len(events)))
    assert sorted(text for _, lines in found for text in lines) == sorted(texts)


@given(
    tags=st.lists(st.tuples(st.sampled_from("PFN"), st.sampled_from(["stdout", "stderr"]))),
    write=st.sampled_from([cri, parser, inside]),
)
def test_no_text_is_lost_or_told_twice(tags: list[tuple[str, str]], write: object) -> None:
    assert callable(write)
    texts = [f"<{number}>" for number in range(len(tags))]
    events = [
        text if tag == "N" else write(tag, text, stream)
        for text, (tag, stream) in zip(texts, tags, strict=True)
    ]
    found = here(*events)
    assert [number for number, _ in found] == list(range(len(tags)))
    told = "".join(text for _, lines in found for text in lines)
    assert sorted(told.replace("><", ">|<").split("|")) == (sorted(texts) or [""])


def test_outputs_of_one_container_are_two_streams() -> None:
    events = (cri("P", "a", "stdout"), cri("P", "b"), cri("F", "c", "stdout"), cri("F", "d"))
    assert here(*events) == [(0, ["ac"]), (1, ["bd"]), (2, []), (3, [])]


def test_containers_of_one_log_stream_are_told_apart() -> None:
    other = parser("F", "x").replace("x7k2p", "other")
    assert here(parser("P", "a"), other, parser("F", "b")) == [(0, ["ab"]), (1, ["x"]), (2, [])]


def test_a_line_that_is_never_completed_is_given_out_as_far_as_it_goes() -> None:
    assert here(cri("P", "a"), cri("P", "b"), "other") == [(0, ["ab"]), (1, []), (2, ["other"])]


def test_an_end_without_a_beginning_is_a_line() -> None:
    assert here(cri("F", "b")) == [(0, ["b"])]


def test_what_waits_is_bounded() -> None:
    # given a piece, and much after it that is no piece of its line
    rest = [f"line {number}" for number in range(MAX_WAITING + 10)]
    seen: list[int] = []

    def given() -> Iterator[tuple[int, str, Sequence[Unwrapped]]]:
        for number, text in enumerate([cri("P", "a"), *rest]):
            seen.append(number)
            yield number, "", unwrap(LogEvent(text), UNKNOWN)

    # when
    first, lines = next(join_partials(given()))
    # then
    assert (first, [line.text for line in lines]) == (0, ["a"])
    assert len(seen) <= MAX_WAITING + 1


def test_pieces_and_open_streams_are_bounded() -> None:
    many = here(*(cri("P", "a") for _ in range(MAX_PIECES + 1)))
    assert [lines for _, lines in many if lines] == [["a" * MAX_PIECES], ["a"]]
    places = joined((f"{number}", cri("P", "a")) for number in range(3 * MAX_OPEN))
    assert [lines for _, lines in places] == [["a"]] * 3 * MAX_OPEN


def test_a_whole_line_is_unwrapped_with_what_its_pieces_told() -> None:
    # given JSON of a shipper within the pieces
    line = WRAPS["keep-log"]("Node: x")
    events = [parser("P", line[:30]), parser("F", line[30:])]
    given = ((n, "", unwrap(LogEvent(text), UNKNOWN)) for n, text in enumerate(events))
    # when
    (_, (whole,)), _ = join_partials(given)
    # then
    assert (whole.text, whole.container) == ("Node: x", "aws-eks-nodeagent")
    assert whole.origin == Origin(AGENT, "ip-10-9-9-9.ec2.internal")
