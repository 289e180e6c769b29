"""All answers about one set-up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from netpolwatch.catalogue.model import Entry
from netpolwatch.doctor.check import Result, Status, examined
from netpolwatch.doctor.checks import all_checks
from netpolwatch.doctor.facts import Setup

BLOCKING = frozenset({
    "addon-installed", "cloudwatch-delivery-enabled", "cluster-supported", "delivery-permissions",
    "log-group", "network-policy-enabled", "verdict-logs-enabled",
})  # fmt: skip
"""While one of these fails, no verdict of the cluster can be seen."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The answers, in the order in which problems are mended."""

    setup: Setup
    results: tuple[Result, ...]

    @property
    def counts(self) -> Counter[Status]:
        """Number of answers by status."""
        return Counter(result.answer.status for result in self.results)

    def of(self, *statuses: Status) -> tuple[Result, ...]:
        """Return the results of these statuses, in order."""
        return tuple(result for result in self.results if result.answer.status in statuses)

    @property
    def verdicts_can_be_seen(self) -> bool | None:
        """Whether nothing keeps verdicts from being seen; `None` where that is not known."""
        statuses = {result.answer.status for result in self.results if result.check.id in BLOCKING}
        if "fail" in statuses:
            return False
        return None if "unknown" in statuses else True


def diagnose(setup: Setup, entries: Sequence[Entry]) -> Diagnosis:
    """Examine a set-up by every check."""
    return Diagnosis(setup, examined(all_checks(entries), setup))
