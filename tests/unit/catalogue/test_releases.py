"""Which VPC CNI carries which agent and which eBPF SDK."""

import pytest

from netpolwatch.catalogue.releases import agent_of, first_release_with, releases, sdk_of
from netpolwatch.catalogue.version_numbers import Version, parse_version


def version(text: str) -> Version:
    """Read a version that is one."""
    found = parse_version(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("vpc_cni", "agent", "sdk"),
    [
        ("v1.14.0", "v1.0.1", "v0.2.0"),
        ("v1.19.2-eksbuild.5", "v1.1.6", "v1.0.10"),
        ("v1.19.3-eksbuild.1", "v1.2.0", "v1.0.12"),
        ("v1.21.1", "v1.3.1", "v1.0.13"),
        ("v1.22.4", "v1.4.0", "v1.0.15"),
        ("v1.23.0", "v1.4.1", "v1.0.15"),
    ],
)
def test_a_release_carries_an_agent_with_its_sdk(vpc_cni: str, agent: str, sdk: str) -> None:
    assert agent_of(version(vpc_cni)) == version(agent)
    assert sdk_of(version(agent)) == version(sdk)


@pytest.mark.parametrize("unknown", ["v1.22.0", "v1.13.4", "v1.15.2", "v9.0.0"])
def test_a_release_that_is_not_in_the_table_carries_nothing_known(unknown: str) -> None:
    assert agent_of(version(unknown)) is None


@pytest.mark.parametrize(
    ("agent", "vpc_cni"),
    [("v1.2.0", "v1.19.3"), ("v1.2.1", "v1.19.4"), ("v1.3.5", "v1.21.2"), ("v1.4.1", "v1.23.0")],
)
def test_the_first_release_with_a_fix_is_named(agent: str, vpc_cni: str) -> None:
    assert first_release_with(version(agent)) == version(vpc_cni)


def test_a_fix_that_no_release_carries_has_none() -> None:
    assert first_release_with(version("v1.4.2")) is None


def test_agents_and_their_sdks_only_grow_with_the_releases() -> None:
    # v1.21.2 was released after v1.22.0 and carries a newer agent than it: versions, not dates.
    assert [row.agent for row in releases()] == sorted(row.agent for row in releases())
    assert [row.sdk for row in releases()] == sorted(row.sdk for row in releases())
