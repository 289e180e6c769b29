"""Facts that are not in the audit log alone: versions that run, nodes that publish verdicts."""

from collections.abc import Iterable, Iterator

from netpolwatch.catalogue.running import VersionSeen
from netpolwatch.kubernetes.facts import RunningVersion, VerdictsHeard

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
