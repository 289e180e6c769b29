"""DENYs wait until the audit log was read past them, and are then judged by objects.

The event that explains a DENY may stand behind it: in another file, in another stream, a little
later in a log that is not quite in order. What its neighbours say of a DENY is asked when it is
read; what objects say, once audit events were read that are later by `SETTLING_MS`, or the input
ends. At most `MAX_WAITING` DENYs wait: beyond that the older half is judged by what is known.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from netpolwatch.analysis.batch import Batch
from netpolwatch.analysis.part import judged_anew
from netpolwatch.analysis.tally import Tally
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.verdicts.attribution.judgement import ObjectJudge
from netpolwatch.verdicts.disposition import judge as judge_line

SETTLING_MS: Final = 300_000
"""Clocks differ, and streams are delivered apart."""

MAX_WAITING: Final = 50_000
_MAX_BATCH: Final = 5_000
"""DENYs of one batch: it holds a bounded number of them."""

_Stream = tuple[str, str]


class _Denied(NamedTuple):
    """DENYs of one stream that are counted alike; `last_ms` is `None` where one has no time."""

    stream: _Stream
    flows: Sequence[Flow]
    last_ms: int | None


class Settling:
    """The DENYs that wait."""

    def __init__(
        self, matcher: Matcher, knowledge: Knowledge, new_batch: Callable[[str, str], Batch]
    ) -> None:
        self._matcher, self._knowledge, self._new_batch = matcher, knowledge, new_batch
        self._judge = ObjectJudge(knowledge)
        self._waiting: list[_Denied] = []
        self._count = 0

    def add(self, stream: _Stream, flows: Sequence[Flow]) -> None:
        """Let DENYs wait that their neighbours have judged."""
        times = [flow.timestamp for flow in flows]
        last_ms = None if None in times else max(time for time in times if time is not None)
        self._waiting.append(_Denied(stream, flows, last_ms))
        self._count += len(flows)

    def take_settled(self) -> list[Batch]:
        """Judge what waits no longer, and what is too much; returns batches of it alone."""
        heard_ms = self._knowledge.heard_until_ms
        settled: list[_Denied] = []
        left: list[_Denied] = []
        excess = self._count // 2 if self._count > MAX_WAITING else 0
        for each in self._waiting:
            is_past = each.last_ms is not None and each.last_ms + SETTLING_MS <= heard_ms
            if is_past or excess > 0:
                settled.append(each)
                excess -= len(each.flows)
            else:
                left.append(each)
        self._waiting = left
        self._count = sum(len(each.flows) for each in left)
        return list(self._counted(settled))

    def take_all(self) -> list[Batch]:
        """Judge all that waits by what is known."""
        settled, self._waiting, self._count = self._waiting, [], 0
        return list(self._counted(settled))

    def _counted(self, settled: Iterable[_Denied]) -> Iterator[Batch]:
        tallies: dict[_Stream, Tally] = {}
        for each in settled:
            tally = tallies.get(each.stream)
            if tally is None:
                tally = tallies[each.stream] = Tally(self._new_batch(*each.stream))
            for alike in self._judged(each.flows):
                tally.count_denied(alike)
            if len(tally.batch.denies) >= _MAX_BATCH:
                yield tallies.pop(each.stream).batch
        yield from (tally.batch for tally in tallies.values())

    def _judged(self, flows: Sequence[Flow]) -> Iterator[Sequence[Flow]]:
        if not self._knowledge.knows_pods:
            yield flows
            return
        yield from judged_anew(flows, [*map(self._by_objects, flows)], self._matcher)

    def _by_objects(self, flow: Flow) -> Judgement:
        judgement = self._judge.judge(flow).judgement
        return judge_line(flow) if judgement is None else judgement
