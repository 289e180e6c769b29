"""DENYs of one payload, grouped by conversation."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.verdicts.disposition import is_client_port

MAX_TIMES: Final = 60
"""Packets of a conversation whose times are kept one by one."""

_CLIENT: Final = -1


class Conversation(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """DENYs of one node between the same ends, judged alike by their lines.

    Attributes
    ----------
    flow
        The first of them; its source port stands for any port of a client.
    offsets_ms
        When each was dropped, in ms after the first; ascending, at most `MAX_TIMES`.
    more
        How many more there were, up to the last of these times or a little later.
    """

    flow: Flow
    offsets_ms: tuple[int, ...] = (0,)
    more: int = 0

    @property
    def count(self) -> int:
        """Packets."""
        return len(self.offsets_ms) + self.more

    @property
    def first_ms(self) -> int:
        """When the first packet was dropped, in ms since 1970 (UTC)."""
        return self.flow.timestamp or 0

    @property
    def last_ms(self) -> int:
        """When the last packet was dropped, in ms since 1970 (UTC)."""
        return self.first_ms + self.offsets_ms[-1]


_Key = tuple[object, ...]


def by_conversation(flows: Iterable[Flow]) -> list[list[Flow]]:
    """Group DENYs by conversation, those of the most packets first."""
    groups: dict[_Key, list[Flow]] = {}
    for flow in flows:
        groups.setdefault(_key(flow), []).append(flow)
    return sorted(groups.values(), key=lambda group: -len(group))


def packets(conversation: Conversation) -> list[Flow]:
    """Return a conversation's DENYs, as far as their times are kept."""
    first_ms = conversation.first_ms
    return [
        msgspec.structs.replace(conversation.flow, timestamp=first_ms + offset_ms)
        for offset_ms in conversation.offsets_ms
    ]


def _key(flow: Flow) -> _Key:
    source, destination = flow.source_port, flow.destination_port
    return (
        flow.node, flow.source_ip, flow.destination_ip, flow.protocol, flow.tier, flow.direction,
        flow.form, flow.judgement, _CLIENT if is_client_port(source) else source,
        _CLIENT if _is_answer(flow.judgement) and is_client_port(destination) else destination,
    )  # fmt: skip


def _is_answer(judgement: Judgement | None) -> bool:
    """Whether each packet goes to another client's port."""
    return judgement is not None and judgement.disposition == "reply"


def conversation_of(group: Sequence[Flow]) -> Conversation:
    """Return DENYs of one conversation as one."""
    ordered = sorted(group, key=lambda flow: flow.timestamp or 0)
    first_ms = ordered[0].timestamp or 0
    offsets_ms = tuple((flow.timestamp or 0) - first_ms for flow in ordered[:MAX_TIMES])
    first = msgspec.structs.replace(ordered[0], issues=())
    return Conversation(first, offsets_ms, max(0, len(ordered) - MAX_TIMES))
