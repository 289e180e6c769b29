"""Messages of conversations, judged together by what is known of their times.

A conversation is judged at its first and its last packet. Where these differ, something changed
between, and each packet is judged by itself. What a bound leaves unjudged keeps the judgement of
its line, and is counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

import msgspec

from netpolwatch.analysis.sightings import sighting_of_flow
from netpolwatch.analysis.tally import DENIES, ISSUES
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.identity.gathering import Gathering
from netpolwatch.settling.conversations import Conversation, packets
from netpolwatch.settling.message import Message
from netpolwatch.verdicts.attribution.judgement import ObjectJudge

MAX_QUESTIONS: Final = 4_000
"""Packets judged by objects for one set of messages."""

_TOGETHER: Final = 50
"""Packets judged in one go: the first get their answers before the bound on reads is reached."""

_MINUTE_MS: Final = 60_000

UNHEARD: Final = "the audit log was not heard past it"
LOST: Final = "a part of the audit log before it was not learned"


@dataclass(frozen=True, slots=True)
class Settled:
    """What a message came to.

    Attributes
    ----------
    sightings
        Known issues that its packets show, one a packet.
    series
        Packets by (minute in ms since 1970, what is counted, label), as in `analysis.tally`.
    by_line, doubted, dropped_by_agent
        Packets that were judged by their lines alone, by what may be incomplete, and that the
        policies in force allow.
    """

    message: Message
    sightings: list[Sighting] = field(default_factory=list)
    series: Counter[tuple[int | None, str, str]] = field(default_factory=Counter)
    by_line: int = 0
    doubted: int = 0
    dropped_by_agent: int = 0


class _Judged(msgspec.Struct, frozen=True):
    """Packets of one moment; `flow` has the judgement that stands."""

    flow: Flow
    count: int
    by_line: bool
    doubted: bool


class Judge:
    """Judges the messages of one cluster."""

    def __init__(self, gathering: Gathering, matcher: Matcher) -> None:
        self._gathering, self._matcher = gathering, matcher
        self._answers: dict[Flow, Judgement] = {}

    def settle(self, messages: Sequence[Message], doubts: Mapping[str, str]) -> list[Settled]:
        """Judge messages together; `doubts` says by key why what is known may be incomplete.

        Raises what the store of knowledge raises.
        """
        grouped = list(chain.from_iterable(each.conversations for each in messages))
        grouped.sort(key=lambda conversation: -conversation.count)
        self._ask(chain.from_iterable(map(_ends, grouped)))
        if not self._knows_cluster:
            # Without an audit log, or not yet: that nobody is known says nothing.
            self._answers.clear()
        self._ask(chain.from_iterable(packets(each) for each in grouped if self._changed(each)))
        return [
            _settled(each, self._judged(each, doubts.get(each.key)), self._matcher)
            for each in messages
        ]

    @property
    def _knows_cluster(self) -> bool:
        known = self._gathering.knowledge
        return known.pods > 0 or known.has_snapshot

    def _ask(self, flows: Iterable[Flow]) -> None:
        room = MAX_QUESTIONS - len(self._answers)
        asked = dict.fromkeys(flow for flow in flows if flow not in self._answers)
        open_flows = list(islice(asked, max(0, room)))
        for start in range(0, len(open_flows), _TOGETHER):
            portion = open_flows[start : start + _TOGETHER]
            self._answers |= self._gathering.answers(portion, _judgement)

    def _changed(self, conversation: Conversation) -> bool:
        first, last = (self._answers.get(flow) for flow in _ends(conversation))
        return first is not None and last is not None and _verdict(first) != _verdict(last)

    def _judged(self, message: Message, doubt: str | None) -> Iterator[_Judged]:
        for conversation in message.conversations:
            first, last = (self._answers.get(flow) for flow in _ends(conversation))
            for number, packet in enumerate(packets(conversation)):
                judgement = self._answers.get(packet)
                if judgement is None and last is not None and not self._changed(conversation):
                    judgement = first
                is_last = number == len(conversation.offsets_ms) - 1
                count = 1 + (conversation.more if is_last else 0)
                yield _packet(packet, judgement, count, doubt)


def _judgement(flow: Flow, knowledge: Knowledge) -> Judgement:
    return ObjectJudge(knowledge).judge(flow).judgement or _by_line(flow)


def _ends(conversation: Conversation) -> tuple[Flow, Flow]:
    first = conversation.flow
    return first, msgspec.structs.replace(first, timestamp=conversation.last_ms)


def _verdict(judgement: Judgement) -> tuple[object, ...]:
    return judgement.disposition, judgement.confidence, judgement.policies, judgement.since


def _by_line(flow: Flow) -> Judgement:
    return flow.judgement or Judgement("unknown", "low", ("nothing is known of it",))


def _packet(flow: Flow, judgement: Judgement | None, count: int, doubt: str | None) -> _Judged:
    stands = judgement or _by_line(flow)
    if doubt is not None:
        sure = "medium" if stands.confidence == "high" else stands.confidence
        reasons = (*stands.reasons, doubt)
        stands = msgspec.structs.replace(stands, confidence=sure, reasons=reasons)
    return _Judged(
        msgspec.structs.replace(flow, judgement=stands),
        count,
        by_line=judgement is None,
        doubted=doubt is not None,
    )


def _settled(message: Message, judged: Iterable[_Judged], matcher: Matcher) -> Settled:
    settled = Settled(message)
    by_line = doubted = dropped = 0
    for each in judged:
        flow, count = each.flow, each.count
        minute = (flow.timestamp or 0) // _MINUTE_MS * _MINUTE_MS
        settled.series[minute, DENIES, flow.disposition or "unknown"] += count
        for issue in matcher.match_flow(flow):
            settled.series[minute, ISSUES, issue.id] += count
            if not issue.superseded:
                sighting = sighting_of_flow(flow, issue, message.component)
                placed = msgspec.structs.replace(
                    sighting, log_group=message.log_group, log_stream=message.log_stream
                )
                settled.sightings.extend([placed] * count)
        by_line += count if each.by_line else 0
        doubted += count if each.doubted else 0
        allowed = flow.judgement is not None and flow.judgement.policies == "allow"
        dropped += count if allowed else 0
    return Settled(message, settled.sightings, settled.series, by_line, doubted, dropped)
