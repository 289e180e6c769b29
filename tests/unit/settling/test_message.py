"""A payload's DENYs become one message of bounded size, and come back as they were."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.flows.model import Flow
from netpolwatch.settling.conversations import (
    MAX_TIMES,
    Conversation,
    by_conversation,
    conversation_of,
    packets,
)
from netpolwatch.settling.message import (
    MAX_CONVERSATIONS,
    MAX_MESSAGE_BYTES,
    NotAMessageError,
    message_of,
    read_message,
)
from netpolwatch.verdicts.disposition import judge

NOON = 1_780_999_200_000


def denied(
    source_port: int = 40_000, destination: str = "10.0.0.2", port: int = 5432, after_ms: int = 0
) -> Flow:
    flow = Flow(
        form="cloudwatch", source_ip="10.0.0.1", source_port=source_port,
        destination_ip=destination, destination_port=port, protocol="TCP", verdict="DENY",
        node="ip-10-0-1-9.ec2.internal", tier="DEFAULT", timestamp=NOON + after_ms,
    )  # fmt: skip
    return msgspec.structs.replace(flow, judgement=judge(flow))


def conversations(flows: list[Flow]) -> list[Conversation]:
    return [conversation_of(group) for group in by_conversation(flows)]


PLACE = {"cluster": "prod", "log_group": "/aws/eks/prod/cluster", "log_stream": "s",
         "component": "network-policy-agent"}  # fmt: skip


def test_given_packets_of_one_conversation_then_it_is_one_with_each_time() -> None:
    # given packets from other client ports, in any order
    flows = [denied(40_000 + number, after_ms=number * 900) for number in (2, 0, 1)]
    # when
    (only,) = conversations(flows)
    # then
    assert (only.count, only.first_ms, only.last_ms) == (3, NOON, NOON + 1800)
    assert [packet.timestamp for packet in packets(only)] == [NOON, NOON + 900, NOON + 1800]


def test_given_another_port_or_end_then_it_is_another_conversation() -> None:
    flows = [denied(), denied(port=5433), denied(destination="10.0.0.3"), denied(443, port=40_000)]
    assert len(conversations(flows)) == 4


def test_given_more_packets_than_times_are_kept_then_the_rest_is_counted() -> None:
    (only,) = conversations([denied(after_ms=number) for number in range(MAX_TIMES + 7)])
    assert (len(only.offsets_ms), only.more, only.count) == (MAX_TIMES, 7, MAX_TIMES + 7)


def test_given_a_scan_then_the_message_is_bounded_and_nothing_vanishes() -> None:
    # given a pod that tries thousands of addresses
    flows = [denied(destination=f"10.1.{n // 250}.{n % 250}") for n in range(3_000)]
    # when
    bounded = message_of(flows, key="k", **PLACE)
    # then
    message = read_message(bounded.text)
    assert len(bounded.text) <= MAX_MESSAGE_BYTES
    assert len(message.conversations) <= MAX_CONVERSATIONS
    assert len(message.conversations) + len(bounded.left) == len(flows)


@given(
    st.lists(
        st.builds(
            denied,
            source_port=st.integers(0, 65_535),
            destination=st.sampled_from(["10.0.0.2", "10.0.0.3", "fd00::1"]),
            port=st.sampled_from([53, 5432, 45_000]),
            after_ms=st.integers(0, 600_000),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_a_message_comes_back_as_it_was(flows: list[Flow]) -> None:
    message = read_message(message_of(flows, key="k", **PLACE).text)
    assert sum(each.count for each in message.conversations) == len(flows)
    assert message.first_ms == min(flow.timestamp or 0 for flow in flows)
    assert message.last_ms == max(flow.timestamp or 0 for flow in flows)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"key":1}', "[" * 5_000, "null"])
def test_what_is_no_message_is_told_apart(text: str) -> None:
    with pytest.raises(NotAMessageError):
        read_message(text)
