"""What running versions mean for a fault, in words."""

import pytest

from netpolwatch.catalogue.model import Versions
from netpolwatch.catalogue.running import Running
from netpolwatch.findings.model import KeptEvidence, RunningVersion
from netpolwatch.findings.versions import running_beside, version_note

LINK = Versions("agent", "< v1.2.0", "v1.2.0")
TIER = Versions("agent", ">= v1.3.0 <= v1.3.4", "v1.3.5", note="the tier exists from v1.3.0")
CLEANUP = Versions("vpc-cni", "v1.19.3-eksbuild.1", "v1.20.0")
SINCE = Versions("agent", ">= v1.4.1")


def seen(node: str | None, version: str | None, via: str | None = None) -> KeptEvidence:
    """Give an event, and what ran there."""
    running = None if version is None else Running(version, via)
    return KeptEvidence(None, "group", "stream", "text", node, running)


def told(versions: Versions, *evidence: KeptEvidence) -> str:
    """Say what the versions beside some events mean."""
    return version_note(versions, running_beside(versions, evidence))


def test_a_version_that_is_affected_is_told_with_its_fix() -> None:
    assert told(LINK, seen("one", "v1.1.6-eksbuild.2")) == (
        "agent 1.1.6-eksbuild.2 is affected, fixed in 1.2.0 (vpc-cni v1.19.3)"
    )


def test_a_version_that_is_known_by_its_release_says_so() -> None:
    assert told(LINK, seen("one", "v1.1.6", "v1.19.2-eksbuild.5")) == (
        "agent 1.1.6 (of vpc-cni v1.19.2-eksbuild.5) is affected, fixed in 1.2.0 (vpc-cni v1.19.3)"
    )


def test_a_newer_version_is_honestly_not_known_to_be_affected() -> None:
    assert told(LINK, seen("one", "v1.4.0")) == "agent 1.4.0 is not known to be affected"


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (LINK, "agent affected if older than 1.2.0 (vpc-cni v1.19.3)"),
        (
            TIER,
            (
                "agent affected if not older than 1.3.0 and not newer than 1.3.4, fixed in 1.3.5"
                " (vpc-cni v1.21.2); the tier exists from v1.3.0"
            ),
        ),
        (CLEANUP, "vpc-cni affected if it is 1.19.3-eksbuild.1, fixed in 1.20.0"),
        (SINCE, "agent affected if not older than 1.4.1"),
    ],
)
def test_without_a_running_version_the_condition_is_told(versions: Versions, expected: str) -> None:
    assert told(versions, seen("one", None)) == expected


def test_a_version_without_its_build_does_not_tell_of_a_build() -> None:
    assert told(CLEANUP, seen(None, "v1.19.3")) == (
        "vpc-cni 1.19.3 runs; vpc-cni affected if it is 1.19.3-eksbuild.1, fixed in 1.20.0"
    )


def test_nodes_that_differ_are_told_apart() -> None:
    # Given a fault of five events on nodes of two versions
    evidence = [seen("one", "v1.1.6"), seen("two", "v1.2.0"), seen("one", "v1.1.6")]
    evidence += [seen("three", "v1.1.6"), seen(None, None)]
    # When they are told, then each version has its nodes
    assert running_beside(LINK, evidence) == (
        RunningVersion("agent", "v1.1.6", ("one", "three"), None, affected=True),
        RunningVersion("agent", "v1.2.0", ("two",), None, affected=False),
    )
    assert told(LINK, *evidence) == (
        "agent 1.1.6 (on one, three) is affected, fixed in 1.2.0 (vpc-cni v1.19.3);"
        " agent 1.2.0 (on two) is not known to be affected"
    )


def test_a_version_that_was_seen_only_later_is_told_as_such() -> None:
    evidence = KeptEvidence(None, "g", "s", "t", "one", Running("v1.2.0", later=True))
    assert told(LINK, evidence) == "agent 1.2.0 (seen only later) is not known to be affected"


def test_what_was_said_counts_where_no_event_tells() -> None:
    said = Versions("agent", "< v1.2.0", "v1.2.0", vpc_cni="v1.19.2-eksbuild.5")
    assert told(said, seen("one", None)).startswith(
        "agent 1.1.6 (of vpc-cni v1.19.2-eksbuild.5) is"
    )
    assert told(said, seen("one", "v1.2.0")) == "agent 1.2.0 is not known to be affected"


def test_what_was_said_of_an_unknown_release_is_no_guess() -> None:
    said = Versions("agent", "< v1.2.0", "v1.2.0", vpc_cni="v1.22.0")
    assert told(said, seen("one", None)) == "agent affected if older than 1.2.0 (vpc-cni v1.19.3)"
