"""What holds for every window: nothing known changes nothing, and its memory is bounded."""

import random
import tracemalloc
from collections.abc import Sequence
from itertools import islice

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netpolwatch import Analyzer
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import Flow, Form, Judgement
from netpolwatch.verdicts.disposition import judge
from netpolwatch.verdicts.window import Drops, Window
from netpolwatch.verdicts.window.facts import (
    AgentStart,
    ConntrackDelete,
    Fact,
    MapFailure,
    ProbesAttached,
)
from netpolwatch.verdicts.window.keys import (
    conversation_of,
    key_of,
    reversed_conntrack_key_of,
    reversed_key_of,
)
from netpolwatch.verdicts.window.moments import order, told
from netpolwatch.verdicts.window.tuples import TupleLog
from netpolwatch.verdicts.window.window import MAX_NODES
from tests.unit.analysis.running import parsed
from tests.unit.flows.strategies import any_flow
from tests.unit.verdicts.window.scenes import Story, as_events
from tests.unit.verdicts.window.stories import STORIES

NOW = 1_781_006_400_000
NODE = "ip-10-0-1-9.ec2.internal"
MIB = 1_048_576


def deny(ends: str = "10.0.3.7|443 > 10.0.1.44|43322", protocol: str = "TCP") -> Flow:
    source, destination = (end.split("|") for end in ends.split(" > "))
    flow = parse_flow(
        f"Node: {NODE};SIP: {source[0]};SPORT: {source[1]};DIP: {destination[0]}"
        f";DPORT: {destination[1]};PROTOCOL: {protocol};PolicyVerdict: DENY"
    )
    assert flow is not None
    return msgspec.structs.replace(flow, judgement=judge(flow))


def drops(flows: Sequence[Flow], times: Sequence[int | None]) -> Drops:
    return Drops(flows, [key_of(flow) for flow in flows], times)


REPLY = deny()
REQUEST = deny("10.0.1.44|43322 > 10.0.3.7|443")


def test_the_keys_are_the_texts_that_the_forms_write() -> None:
    assert key_of(REQUEST) == "10.0.1.44;SPORT: 43322;DIP: 10.0.3.7;DPORT: 443"
    assert reversed_key_of(REPLY) == key_of(REQUEST)
    assert reversed_key_of(REPLY, "file") == (
        "10.0.1.44 Src Port: 43322 Dest IP: 10.0.3.7 Dest Port: 443"
    )
    assert reversed_conntrack_key_of(REPLY) == (
        "10.0.1.44 Source port - 43322 Dest IP - 10.0.3.7 Dest port - 443 Protocol - 6"
    )
    assert key_of(deny("10.0.0.0|1 > 64.6.160.0|2")) == "10;SPORT: 1;DIP: 64.6.160;DPORT: 2"
    assert conversation_of(key_of(REQUEST)) == conversation_of(
        key_of(deny("10.0.1.44|5 > 10.0.3.7|443"))
    )
    assert conversation_of(key_of(REQUEST, "file")) == conversation_of(
        key_of(deny("10.0.1.44|5 > 10.0.3.7|443"), "file")
    )


@pytest.mark.parametrize(
    ("seen_ms", "disposition", "confidence"),
    [
        (-10, "reply", "high"),
        (-5 * 3_600_000, "reply", "high"),
        (-7 * 3_600_000, "reply", "medium"),
        (0, "reply", "high"),
        (48, "reply", "high"),
        (1000, "reply", "high"),
        (60_000, "reply", "medium"),
        (None, "reply", "medium"),
    ],
)
def test_an_accept_of_the_reversed_tuple_counts_by_its_distance(
    seen_ms: int | None, disposition: str, confidence: str
) -> None:
    # given
    window = Window()
    time = None if seen_ms is None else NOW + seen_ms
    window.accepted(NODE, "cloudwatch", "TCP", [reversed_key_of(REPLY)], [time])
    # when
    judgement = window.judge(REPLY, NOW)
    # then
    assert (judgement.disposition, judgement.confidence) == (disposition, confidence)


@pytest.mark.parametrize(
    ("seen_ms", "confidence", "why"),
    [
        (-9999, "high", "clean-up deleted"),
        (-10_001, "medium", "clean-up deleted"),
        (500, "high", "500 ms after"),
        (-700_000, "medium", "common service"),
    ],
)
def test_a_delete_of_the_reversed_tuple_counts_by_its_distance(
    seen_ms: int, confidence: str, why: str
) -> None:
    window = Window()
    window.noted("another", ConntrackDelete(reversed_conntrack_key_of(REPLY), NOW + seen_ms))
    judgement = window.judge(REPLY, NOW)
    assert (judgement.disposition, judgement.confidence) == ("reply", confidence)
    assert any(why in reason for reason in judgement.reasons)


def test_nothing_of_one_node_excuses_a_drop_on_another() -> None:
    window = Window()
    for fact in (
        MapFailure("invalid argument", NOW),
        AgentStart(NOW),
        ProbesAttached("a/b", time=NOW),
    ):
        window.noted("elsewhere", fact)
    window.accepted("elsewhere", "cloudwatch", "TCP", [key_of(REQUEST)], [NOW + 1500])
    window.accepted("third", "cloudwatch", "TCP", ["x"], [NOW])
    assert window.judge(REQUEST, NOW) is REQUEST.judgement


def test_a_line_without_a_node_stands_beside_the_only_one_that_has_a_name() -> None:
    # given one file: the agent's lines name no node, CloudWatch lines do
    window = Window()
    window.denied(NODE, drops([REQUEST], [NOW + 1]))
    window.noted(None, MapFailure("invalid argument", NOW))
    # then
    assert window.judge(REQUEST, NOW + 1).disposition == "agent-state"
    window.accepted("another", "cloudwatch", "TCP", ["x"], [NOW])
    assert window.judge(REQUEST, NOW + 1) is REQUEST.judgement


def test_order_stands_in_for_time() -> None:
    window = Window()
    window.accepted(NODE, "cloudwatch", "TCP", [reversed_key_of(REPLY)], [order(4)])
    judgement = window.judge(REPLY, order(7))
    assert judgement.confidence == "high"
    assert judgement.reasons[0].endswith("ACCEPTed 3 lines before")


def test_times_and_orders_are_not_compared() -> None:
    window = Window()
    window.accepted(NODE, "cloudwatch", "TCP", [reversed_key_of(REPLY)], [NOW])
    window.noted(NODE, MapFailure("invalid argument", NOW))
    assert window.judge(REPLY, order(7)).confidence == "medium"
    assert window.judge(REQUEST, order(7)) == REQUEST.judgement


def test_objects_overrule_neighbours() -> None:
    # given what a later judgement by policies would say
    better = Judgement("violation", "high", ("policy shop/web denies it",))

    class Known:
        def overrule(self, flow: Flow, moment: int, judgement: Judgement) -> Judgement | None:
            assert (moment, judgement.disposition) == (NOW, "reply")
            return better if flow is REPLY else None

    window = Window(policies=Known())
    # then
    assert window.judge(REPLY, NOW) is better
    other = deny("10.0.3.8|443 > 10.0.1.44|43322")
    assert window.judge(other, NOW) is other.judgement


def test_moments_are_told() -> None:
    assert told(NOW, NOW + 90) == "at 2026-06-09T12:00:00.000Z, 90 ms before"
    assert told(NOW + 12_300, NOW) == "at 2026-06-09T12:00:12.300Z, 12.3 s after"
    assert told(NOW, NOW + 600_000).endswith("10 min before")


@given(flow=any_flow, time=st.none() | st.integers(-(2**62), 2**62))
def test_a_window_that_knows_nothing_gives_the_lines_own_judgement(
    flow: Flow, time: int | None
) -> None:
    said = judge(flow)
    judged = msgspec.structs.replace(flow, judgement=said)
    assert Window().judge(judged, time) is said
    assert Window().judge(flow, time) == said


_facts = st.one_of(
    st.builds(ConntrackDelete, st.text(max_size=40), st.none() | st.integers(-(2**62), 2**62)),
    st.builds(MapFailure, st.none() | st.text(max_size=20), st.integers(0, 2000)),
    st.builds(AgentStart, st.none() | st.integers(0, 2000)),
    st.builds(ProbesAttached, st.text(max_size=9), time=st.integers(0, 2000)),
)


@given(
    flows=st.lists(any_flow, max_size=6),
    facts=st.lists(_facts, max_size=6),
    time=st.none() | st.integers(-5000, 5000) | st.integers(-(2**62), 2**62),
)
def test_nothing_makes_a_window_raise(
    flows: list[Flow], facts: list[Fact], time: int | None
) -> None:
    # given everything that a node can say of these flows and of their answers
    window = Window()
    for flow in flows:
        form: Form = flow.form
        keys = [key_of(flow), reversed_key_of(flow), ""]
        window.accepted(flow.node, form, flow.protocol, keys, [0, None, 900])
        window.denied(flow.node, drops([flow], [time]))
        window.deleted(flow.node, [reversed_conntrack_key_of(flow)], [time])
    for fact in facts:
        window.noted(None, fact)
    # then
    for flow in flows:
        judgement = window.judge(flow, time)
        assert 1 <= len(judgement.reasons) <= 4
        assert all(len(reason) < 300 for reason in judgement.reasons)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: str(story.name))
def test_the_order_of_lines_does_not_change_what_is_found(story: Story) -> None:
    # given events of one block in any order; each has its time
    lines = [line for line, _ in as_events(story, "file-sentence-v4")]
    analyzer = Analyzer()
    expected = {
        line: _judged(found) for line, found in zip(lines, parsed(lines, analyzer), strict=True)
    }
    chosen = random.Random(7)  # noqa: S311  # no secret
    for _ in range(5):
        shuffled = chosen.sample(lines, len(lines))
        found = parsed(shuffled, analyzer)
        # then
        assert [_judged(one) for one in found] == [expected[line] for line in shuffled]


def _judged(found: dict[str, object]) -> tuple[object, ...]:
    return tuple(found.get(name) for name in ("kind", "disposition", "confidence"))


def test_a_million_tuples_fit_into_bounded_memory() -> None:
    # given one node that accepts a million tuples, a thousand at a time, with a DENY in each batch
    window = Window()
    tracemalloc.start()
    try:
        for batch in range(1000):
            keys = [
                f"10.{batch % 250}.1.1;SPORT: {port};DIP: 10.0.3.{batch};DPORT: 443"
                for port in range(1000)
            ]
            window.accepted(NODE, "cloudwatch", "TCP", keys, [NOW + batch] * 1000)
            window.deleted(NODE, keys, [NOW + batch] * 1000)
            window.denied(NODE, drops([REPLY] * 100, [NOW + batch] * 100))
            window.judge(REPLY, NOW + batch)
            window.judge(REQUEST, NOW + batch)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # then
    assert held < 24 * MIB


def test_a_hundred_thousand_nodes_fit_into_bounded_memory() -> None:
    window = Window()
    tracemalloc.start()
    try:
        for number in range(100_000):
            name = f"ip-10-0-{number}.ec2.internal"
            window.accepted(name, "cloudwatch", f"P{number}", [f"{number}"] * 10, [NOW] * 10)
            window.noted(name, MapFailure("invalid argument", NOW + number))
            window.denied(name, drops([REQUEST], [NOW]))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 8 * MIB
    assert len(window._nodes) == MAX_NODES


def test_drops_that_nobody_announced_leave_nothing_behind() -> None:
    window = Window()
    window.noted("elsewhere", ConntrackDelete("x", NOW))
    window.denied(NODE, drops([REQUEST], [NOW]))
    for number in range(3000):
        window.judge(REPLY, NOW + number * 10_000)
        window.judge(REPLY, NOW + number * 10_000, "never seen")
    assert len(window._nodes[NODE].beats.rhythms) <= 512
    assert len(window._nobody.beats.rhythms) <= 512
    assert len(window._nodes) == 2


def test_many_words_for_a_protocol_are_bounded() -> None:
    window = Window()
    for number in range(100):
        window.accepted(NODE, "cloudwatch", f"P{number}", ["x"], [NOW])
    assert len(window._nodes[NODE].accepts) == 8


def test_quiet_nodes_keep_their_tuples_beside_a_loud_one() -> None:
    # given a quiet node that spoke, then a loud one, then the quiet one's answer
    window = Window()
    window.accepted(NODE, "cloudwatch", "TCP", [reversed_key_of(REPLY)], [NOW])
    for batch in range(20):
        keys = [f"{batch};{port}" for port in range(1000)]
        window.accepted("loud", "cloudwatch", "TCP", keys, [NOW] * 1000)
        window.judge(REPLY, NOW, "loud")
    assert window.judge(REPLY, NOW + 1000).confidence == "high"


def test_the_oldest_tuples_go_first() -> None:
    log = TupleLog(100)
    for number in range(1000):
        log.add([str(number)], [number])
        log.moments("")
    kept = [number for number in range(1000) if log.moments(str(number))]
    assert kept == list(islice(range(1000), 1000 - len(kept), None))
    assert 50 <= len(kept) <= 150
    assert len(log) == len(kept)


ends = st.sampled_from(["10.0.1.44|43322", "10.0.3.7|443", "10.0.3.7|40000", "10.0.1.44|9999"])
moments = st.sampled_from([None, *(NOW + ms for ms in (0, 1, 700, 2100, 300_000, 300_700))])


@given(
    accepted=st.lists(st.tuples(ends, ends, moments), max_size=6),
    denied=st.lists(st.tuples(ends, ends, moments), min_size=1, max_size=16),
    eventful=st.booleans(),
)
@example(
    accepted=[],
    denied=[("10.0.3.7|443", "10.0.1.44|43322", NOW + ms) for ms in (0, 1, 300_000, 300_700)],
    eventful=False,
)
def test_drops_judged_together_are_judged_as_each_would_be_alone(
    accepted: list[tuple[str, str, int | None]],
    denied: list[tuple[str, str, int | None]],
    eventful: bool,
) -> None:
    # given few tuples, so that many are repeated, or answer one another
    window = Window()
    for source, destination, time in accepted:
        keys = [key_of(deny(f"{source} > {destination}"))]
        window.accepted(NODE, "cloudwatch", "TCP", keys, [time])
    if eventful:
        window.noted(NODE, MapFailure("EINVAL", time=NOW))
    kinds: dict[Judgement, list[tuple[Flow, int | None]]] = {}
    for source, destination, time in denied:
        flow = deny(f"{source} > {destination}")
        kinds.setdefault(judge(flow), []).append((flow, time))
    alike = [drops(*zip(*kind, strict=True)) for kind in kinds.values()]
    for kind in alike:
        window.denied(NODE, kind)
    for kind in alike:
        # when
        together = window.judge_alike(kind, NODE) or [judge(flow) for flow in kind.flows]
        # then
        alone = [
            window.judge(flow, time, NODE)
            for flow, time in zip(kind.flows, kind.times, strict=True)
        ]
        assert together == alone
