"""Published faults of the network policy agent by version.

Source: the agent's public release notes and history, by upstream's tags; EKS may carry a fix back
into a build of its own, so an advisory says "according to upstream's tags".
"""

from dataclasses import dataclass
from typing import Final, Literal

from netpolwatch.catalogue.version_numbers import Bound, Version, parse_bounds, within

Weight = Literal["high", "medium"]


@dataclass(frozen=True, slots=True)
class Advisory:
    """A published fault.

    Attributes
    ----------
    component
        Whose version `affected` bounds: `agent` or `vpc-cni`.
    """

    id: str
    component: Literal["agent", "vpc-cni"]
    affected: tuple[Bound, ...]
    weight: Weight
    text: str


def _advisory(
    id_: str, affected: str, weight: Weight, text: str, component: Literal["agent", "vpc-cni"]
) -> Advisory:
    return Advisory(id_, component, parse_bounds(affected), weight, text)


ADVISORIES: Final = (
    _advisory(
        "conntrack-bypass", "< v1.3.7", "high", "answers of a known connection bypass policies",
        "agent",
    ),
    _advisory(
        "identity-collision", "< v1.4.0", "high",
        "pods of different namespaces can share one identity, and so one policy", "agent",
    ),
    _advisory(
        "error-tier", ">= v1.3.0 <= v1.3.4", "high", "traffic is dropped with tier ERROR", "agent",
    ),
    _advisory(
        "strict-mode-opens", "< v1.2.0", "high",
        "pods stay open after the last policy of strict mode is deleted", "agent",
    ),
    _advisory(
        "link-not-found", "< v1.2.0", "medium",
        "the agent does not find a pod's interface, and its policies are not applied", "agent",
    ),
    _advisory(
        "start-up-race", "< v1.2.0", "medium", "answers are denied while a pod starts", "agent",
    ),
    _advisory("memory-leak", "< v1.3.4", "medium", "the agent's memory grows", "agent"),
    _advisory(
        "egress-lost", "< v1.4.1", "medium",
        "removing a policy of ingress can drop all egress of its pods", "agent",
    ),
    _advisory(
        "stale-policyendpoints", "v1.19.3-eksbuild.1", "high",
        "policy endpoints and maps stay after their pods are gone", "vpc-cni",
    ),
)  # fmt: skip


def advisories_of(vpc_cni: Version, agent: Version | None) -> tuple[Advisory, ...]:
    """Return what is published of these versions, the grave ones first."""
    versions = {"vpc-cni": vpc_cni, "agent": agent}
    affecting = [
        advisory
        for advisory in ADVISORIES
        if (version := versions[advisory.component]) is not None
        and within(advisory.affected, version)
    ]
    return tuple(sorted(affecting, key=lambda advisory: advisory.weight != "high"))
