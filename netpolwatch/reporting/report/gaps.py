"""What a run could not know, and what would tell it."""

from collections.abc import Iterable
from typing import Final

from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.listing import LISTING
from netpolwatch.reporting.report.denials import Denials
from netpolwatch.reporting.report.model import Denial, End, Gap
from netpolwatch.reporting.report.words import counted
from netpolwatch.reporting.summary import Summary

TAKE_SNAPSHOT: Final = f"{LISTING} > snapshot.yaml"
"""The command that makes a snapshot."""

_WITH_SNAPSHOT: Final = f"{TAKE_SNAPSHOT}, then add --snapshot snapshot.yaml"


def gaps_of(summary: Summary, denials: Denials, knowledge: Knowledge) -> Iterable[Gap]:
    """Yield the gaps of a run, those that a snapshot closes first."""
    everything = [denial for group in denials.by_disposition.values() for denial in group]
    yield from _of_names(everything, knowledge)
    yield from _of_policies(denials, knowledge)
    unknown = summary.by_disposition.get("unknown", 0)
    if unknown:
        yield Gap(
            f"{counted(unknown, 'denied packet')} could not be judged:"
            f" {_reasons(denials.of('unknown'))}",
            None if knowledge.has_snapshot else _WITH_SNAPSHOT,
        )
    if denials.unexplained:
        yield Gap(
            f"{counted(denials.unexplained, 'denied packet')} of rare conversations are counted"
            " and not grouped by cause",
            "choose a part of the log: --since, --until, or fewer files",
        )
    if summary.events and summary.first is None:
        yield Gap("no line has a time: since when and how long cannot be told")


def _of_names(denials: Iterable[Denial], knowledge: Knowledge) -> Iterable[Gap]:
    ends: dict[str, End] = {}
    for denial in denials:
        for end in (denial.source, denial.destination):
            for address in end.addresses:
                ends[address] = end
    nameless = [address for address, end in ends.items() if end.kind == "unknown"]
    if nameless:
        named = len(ends) - len(nameless)
        what = (
            f"{named:,} of {counted(len(ends), 'denied address', 'denied addresses')} have a name"
        )
        if knowledge.has_snapshot:
            yield Gap(f"{what}; nothing shows who had the others then")
        else:
            yield Gap(what, _WITH_SNAPSHOT)


def _of_policies(denials: Denials, knowledge: Knowledge) -> Iterable[Gap]:
    violations = denials.of("violation")
    blind = sum(denial.packets for denial in violations if not denial.policies and not denial.tier)
    if violations and not knowledge.lists("networkpolicies"):
        yield Gap("policies older than the log are not known", _WITH_SNAPSHOT)
    elif blind:
        yield Gap(f"which policy denies {counted(blind, 'packet')} is not known", _WITH_SNAPSHOT)


def _reasons(denials: Iterable[Denial]) -> str:
    why = dict.fromkeys(denial.why for denial in denials if denial.why)
    return "; ".join(list(why)[:3]) or "nothing tells which side decided"
