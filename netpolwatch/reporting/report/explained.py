"""Explained verdicts as a report: a table first, then blocks by the policy that denies."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from netpolwatch.flows.model import DENY, Disposition
from netpolwatch.reporting.crowds import Crowd
from netpolwatch.reporting.report.causes import causes_of
from netpolwatch.reporting.report.denials import denial_of
from netpolwatch.reporting.report.model import Cause, Denial
from netpolwatch.reporting.report.selection import Selection
from netpolwatch.verdicts.attribution.advice import Advice
from netpolwatch.verdicts.attribution.deviations import Deviation
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.merging import merged_advice

DISPOSITIONS: tuple[Disposition, ...] = ("violation", "agent-state", "unknown", "reply", "noise")
"""In the order of a reader's interest."""

AdviceOf = Callable[[Explanation], Advice | None]
DeviationsOf = Callable[[Explanation], Sequence[Deviation]]


@dataclass(frozen=True, slots=True)
class Explained:
    """Verdicts that are explained alike.

    Attributes
    ----------
    lines
        Of the input: the first verdict's, and the last one's.
    known_by
        What showed who the two ends were.
    deviations
        What this CNI does otherwise than the API says, where it bears on the verdict.
    """

    explanation: Explanation
    denial: Denial
    lines: tuple[int, int]
    known_by: str
    deviations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyBlock:
    """A cause and its verdicts."""

    cause: Cause
    members: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class ExplainedReport:
    """What `explain` prints as text.

    Attributes
    ----------
    packets
        Verdicts shown, by disposition; those that are no DENY under their verdict.
    advice
        The changes that would let the violations through, one a policy.
    rest
        What has no policy to change: drops of the agent, what is not known, answers, noise.
    passed
        Verdicts that are no DENY.
    """

    packets: Counter[str]
    blocks: tuple[PolicyBlock, ...]
    advice: tuple[Advice, ...]
    rest: tuple[tuple[Disposition, tuple[Explained, ...]], ...]
    passed: tuple[Explained, ...]

    @property
    def rows(self) -> list[Explained]:
        """All of them in the order of the table: violations first, the most frequent first."""
        denied = [each for block in self.blocks for each in block.members]
        others = [each for _, members in self.rest for each in members]
        denied.sort(key=lambda each: -each.denial.packets)
        return [*denied, *others, *self.passed]


def explained_report(
    crowds: Iterable[Crowd],
    deviations: DeviationsOf,
    advice: AdviceOf,
    selection: Selection,
    only: Disposition | None = None,
) -> ExplainedReport:
    """Return the report of explained verdicts; advice is asked only of what is shown."""
    shown = [
        each
        for each in (_explained(crowd, deviations) for crowd in crowds)
        if selection.keeps_denial(each.denial)
        and (only is None or each.explanation.disposition == only)
    ]
    denied = [each for each in shown if each.explanation.flow.verdict == DENY]
    by_disposition = {name: [each for each in denied if each.explanation.disposition == name]
                      for name in DISPOSITIONS}  # fmt: skip
    violations = by_disposition.pop("violation")
    advised = (advice(each.explanation) for each in violations)
    packets: Counter[str] = Counter()
    for each in shown:
        name = each.explanation.disposition or each.explanation.flow.verdict
        packets[name] += each.denial.packets
    return ExplainedReport(
        packets=packets,
        blocks=tuple(_blocks(violations)),
        advice=tuple(merged_advice(each for each in advised if each is not None)),
        rest=tuple((name, tuple(group)) for name, group in by_disposition.items() if group),
        passed=tuple(each for each in shown if each.explanation.flow.verdict != DENY),
    )


def _explained(crowd: Crowd, deviations: DeviationsOf) -> Explained:
    explanation = crowd.first
    return Explained(
        explanation=explanation,
        denial=denial_of(explanation, 1 + crowd.more),
        lines=(crowd.line, crowd.last_line),
        known_by=f"{explanation.source.evidence}; {explanation.destination.evidence}",
        deviations=tuple(each.sentence for each in deviations(explanation)),
    )


def _blocks(violations: Sequence[Explained]) -> Iterable[PolicyBlock]:
    by_denial = {id(each.denial): each for each in violations}
    for cause in causes_of([each.denial for each in violations]):
        yield PolicyBlock(cause, tuple(by_denial[id(denial)] for denial in cause.denials))
