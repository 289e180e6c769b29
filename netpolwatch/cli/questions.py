"""The questions over objects of an input's clusters, and what they come to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from netpolwatch.analysis.batch import Batch
from netpolwatch.correlation.correlator import LATENESS_MS, MAX_PENDING, Correlator
from netpolwatch.correlation.watches import Watches
from netpolwatch.findings.book import FindingBook
from netpolwatch.findings.observation import Place
from netpolwatch.ingest.origin import AUDIT, origin_of
from netpolwatch.kubernetes.facts import AnyFact

_ACTIVE_MS: Final = 10 * 60_000
"""A stream that was silent for longer than the newest one has ended: it is not waited for."""


@dataclass(slots=True)
class _Cluster:
    correlator: Correlator
    place: Place
    heard_ms: dict[str, int] = field(default_factory=dict)

    @property
    def until_ms(self) -> int:
        """Until when all streams of the audit log were heard that are still written."""
        newest = max(self.heard_ms.values(), default=0)
        active = (heard for heard in self.heard_ms.values() if heard >= newest - _ACTIVE_MS)
        return min(active, default=0)


@dataclass(slots=True)
class Questions:
    """The questions of each cluster of an input.

    They are answered when the whole input was read, in whatever order it is; sooner where
    `live`, or where more wait than memory is meant for.
    """

    watches: Watches
    book: FindingBook
    snapshot: Sequence[AnyFact] = ()
    live: bool = False
    _clusters: dict[str | None, _Cluster] = field(default_factory=dict)

    def take(self, batch: Batch, place: Place) -> None:
        """Learn what a batch of the audit log teaches, and ask what it asks."""
        if not len(self.watches) or not (batch.facts or self._is_audit(batch)):
            return
        known = self._clusters.get(place.cluster)
        if known is None:
            known = self._clusters[place.cluster] = _Cluster(Correlator(self.watches), place)
            known.correlator.take(self.snapshot)
        known.correlator.take(batch.facts)
        if batch.newest is not None and self._is_audit(batch):
            known.place = place
            known.heard_ms[place.log_stream] = max(
                batch.newest, known.heard_ms.get(place.log_stream, 0)
            )
        if known.heard_ms and (self.live or known.correlator.pending > MAX_PENDING // 2):
            self._answer(known, known.until_ms)

    def close(self) -> Counter[str]:
        """Answer what is due at the end; returns what was left unanswered, by the reason."""
        left: Counter[str] = Counter()
        if self.snapshot and not self._clusters:
            alone = self._clusters[None] = _Cluster(Correlator(self.watches), Place(None, "", ""))
            alone.correlator.take(self.snapshot)
        for known in self._clusters.values():
            # Nothing comes after the end: there is nobody to wait for.
            self._answer(known, known.until_ms + LATENESS_MS)
            left.update(known.correlator.unanswered)
            left["the log ends before it can be told"] += known.correlator.pending
        return +left

    def _answer(self, known: _Cluster, heard_ms: int) -> None:
        settled = known.correlator.answer(heard_ms)
        self.book.take(settled.sightings, settled.endings, known.place)

    @staticmethod
    def _is_audit(batch: Batch) -> bool:
        return origin_of(batch.log_group, batch.log_stream).component in (None, AUDIT)
