"""Which release of the VPC CNI carries which network policy agent, and which eBPF SDK that uses.

Source: the public git history of aws/amazon-vpc-cni-k8s (the images in `config/master` and in the
chart's values, at each tag), of aws/aws-network-policy-agent (its `go.mod`, at each tag). The tag
v1.22.0 is left out: it was cut before its manifest was changed and still names v1.21.1's images.
EKS may carry a fix back into a build (`-eksbuild.N`): all of this is by upstream's tags.
"""

from functools import cache
from typing import Final, NamedTuple

from netpolwatch.catalogue.version_numbers import Version, parse_version

# vpc-cni, agent, SDK, day of the vpc-cni tag
_ROWS: Final = """
1.14.0  1.0.1  0.2.0   2023-08-31
1.14.1  1.0.2  1.0.1   2023-09-06
1.15.0  1.0.2  1.0.1   2023-09-07
1.15.1  1.0.4  1.0.2   2023-10-10
1.15.3  1.0.5  1.0.3   2023-10-30
1.15.4  1.0.6  1.0.4   2023-11-15
1.15.5  1.0.7  1.0.6   2023-12-18
1.16.0  1.0.7  1.0.6   2023-12-22
1.16.2  1.0.7  1.0.6   2024-01-23
1.16.3  1.0.8  1.0.7   2024-02-14
1.16.4  1.0.8  1.0.7   2024-02-29
1.17.1  1.1.0  1.0.7   2024-03-18
1.18.0  1.1.0  1.0.7   2024-03-29
1.18.1  1.1.1  1.0.7   2024-04-24
1.18.2  1.1.2  1.0.8   2024-06-04
1.18.3  1.1.2  1.0.8   2024-07-29
1.18.4  1.1.3  1.0.10  2024-09-26
1.18.5  1.1.3  1.0.10  2024-09-30
1.18.6  1.1.4  1.0.10  2024-10-30
1.19.0  1.1.5  1.0.10  2024-11-14
1.19.2  1.1.6  1.0.10  2024-12-19
1.19.3  1.2.0  1.0.12  2025-02-21
1.19.4  1.2.1  1.0.12  2025-04-21
1.19.5  1.2.1  1.0.12  2025-05-05
1.19.6  1.2.2  1.0.12  2025-06-18
1.20.0  1.2.3  1.0.13  2025-07-15
1.20.1  1.2.4  1.0.13  2025-08-11
1.20.2  1.2.6  1.0.13  2025-09-18
1.20.3  1.2.6  1.0.13  2025-09-24
1.20.4  1.2.7  1.0.13  2025-10-15
1.20.5  1.2.7  1.0.13  2025-11-21
1.21.0  1.3.0  1.0.13  2025-12-16
1.21.1  1.3.1  1.0.13  2025-12-17
1.21.2  1.3.5  1.0.14  2026-05-20
1.22.1  1.3.5  1.0.14  2026-05-28
1.22.2  1.3.5  1.0.14  2026-06-10
1.22.3  1.3.7  1.0.15  2026-06-22
1.22.4  1.4.0  1.0.15  2026-07-08
1.23.0  1.4.1  1.0.15  2026-07-31
"""


class Release(NamedTuple):
    """A release of the VPC CNI; versions are upstream's, without EKS's build."""

    vpc_cni: Version
    agent: Version
    sdk: Version


@cache
def releases() -> tuple[Release, ...]:
    """List the releases, oldest version first."""
    rows = [row.split() for row in _ROWS.strip().splitlines()]
    return tuple(sorted(Release(*map(_version, row[:3])) for row in rows))


def agent_of(vpc_cni: Version) -> Version | None:
    """Tell the agent that a VPC CNI carries; `None` for a release that is not in the table."""
    same = (row.agent for row in releases() if row.vpc_cni.upstream == vpc_cni.upstream)
    return next(same, None)


def sdk_of(agent: Version) -> Version | None:
    """Tell the eBPF SDK that an agent was built with."""
    return next((row.sdk for row in releases() if row.agent.upstream == agent.upstream), None)


def first_release_with(agent: Version) -> Version | None:
    """Tell the oldest VPC CNI that carries an agent of that version or a newer one."""
    with_it = (row.vpc_cni for row in releases() if row.agent.upstream >= agent.upstream)
    return next(with_it, None)


def _version(text: str) -> Version:
    version = parse_version(text)
    if version is None:
        raise ValueError(f"no version: {text!r}")
    return version
