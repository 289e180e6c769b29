"""Facts that are not in the audit log alone: versions that run, nodes that publish verdicts."""

from collections.abc import Iterable, Iterator

from netpolwatch.catalogue.matcher import Match
from netpolwatch.catalogue.model import Entry
from netpolwatch.catalogue.running import VersionSeen
from netpolwatch.kubernetes.facts import RunningVersion, SignalSeen, VerdictsHeard

_VERSIONED = ("agent", "vpc-cni")


def facts_of_versions(versions: Iterable[VersionSeen]) -> Iterator[RunningVersion]:
    """Yield what events tell of running versions; without a time they tell nothing."""
    for seen in versions:
        if seen.timestamp is not None and seen.component in _VERSIONED:
            yield RunningVersion(
                at_us=seen.timestamp * 1000,
                source="image or start line",
                component=seen.component,
                version=seen.version,
                node=seen.node,
            )


def facts_of_verdicts(heard: Iterable[tuple[str, int]]) -> Iterator[VerdictsHeard]:
    """Yield in which minutes (ms since 1970, UTC) nodes published verdicts."""
    for node, at_ms in sorted(heard):
        yield VerdictsHeard(at_us=at_ms * 1000, source="verdict", node=node)


def facts_of_signals(matches: Iterable[Match], at_ms: int | None) -> Iterator[SignalSeen]:
    """Yield the signals that rules over objects of their entries wait for."""
    for match in matches:
        names = _joined_by(match.entry, match.rule.name)
        values = tuple(match.fields.get(name) for name in names)
        if names and at_ms is not None and None not in values:
            yield SignalSeen(
                at_us=at_ms * 1000,
                source=match.rule.name,
                event=f"{match.rule.name}@{at_ms}",
                rule=f"{match.entry.id}/{match.rule.name}",
                names=tuple(map(str, values)),
            )


def _joined_by(entry: Entry, rule: str) -> tuple[str, ...]:
    """Return by which fields a rule of an entry joins signals of another; none for most."""
    for each in entry.rules:
        if each.objects is not None and rule in each.objects.options.get("rules", ()):
            return each.objects.options["group_by"]
    return ()
