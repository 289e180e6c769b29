"""What this CNI does otherwise than the NetworkPolicy documentation, where it bears on a verdict.

docs/attribution.md shows the same table. Sources: amazon-network-policy-controller-k8s (`endpoints`
resolver), aws-network-policy-agent (`utils.go`, issues 327 and 90), the EKS user guide.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.policy.combinations import MAX_COMBINATIONS, asked_for
from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.matching import PORTED, block_covers, is_by_address
from netpolwatch.kubernetes.policy.spec import Direction, NetworkPolicy, Rule
from netpolwatch.verdicts.attribution.asking import Asking
from netpolwatch.verdicts.attribution.by_name import ByName
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.disposition import POLICY_TIERS


class _Case(NamedTuple):
    """A verdict with the policies that isolate the deciding pod, where that is known."""

    told: Explanation
    direction: Direction | None
    peer: End
    isolating: tuple[NetworkPolicy, ...]
    strict: bool = False
    by_cluster: bool = False
    by_name: ByName | None = None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the policies that isolate it."""
        if self.direction is None:
            return ()
        return tuple(rule for policy in self.isolating for rule in policy.rules(self.direction))


class Deviation(NamedTuple):
    """One thing that the CNI does otherwise.

    Attributes
    ----------
    when
        Of which verdicts it is told, in words.
    sentence
        What it does.
    """

    id: str
    when: str
    sentence: str
    applies: Callable[[_Case], bool]


def deviations(told: Explanation, knowledge: Knowledge) -> tuple[Deviation, ...]:
    """Name what bears on a verdict; nothing of what no policy decided."""
    if told.disposition == "noise" or told.flow.tier == "ERROR":
        return ()
    case = _case(told, knowledge)
    return tuple(_told_of(each, case) for each in DEVIATIONS if each.applies(case))


def _told_of(deviation: Deviation, case: _Case) -> Deviation:
    """Return the sentence of a deviation that rests on another pod, with its name."""
    if deviation.applies is not _is_named_by_another:
        return deviation
    return deviation._replace(sentence=f"{deviation.sentence} Here {case.by_name}.")


def _case(told: Explanation, knowledge: Knowledge) -> _Case:
    if told.direction is None:
        return _Case(told, None, End("unknown", None), ())
    asking = Asking(told, knowledge)
    answered = asking.decide(told.direction)
    peer = asking.connection.peer(told.direction)
    return _Case(
        told,
        told.direction,
        peer,
        answered.isolating,
        asking.is_strict,
        by_cluster=answered.by_cluster is not None,
        by_name=asking.opened_by_name(told.direction),
    )


def _by_cluster_policy(case: _Case) -> bool:
    return case.by_cluster or case.told.flow.tier in POLICY_TIERS


def _by_application_policy(case: _Case) -> bool:
    return any(policy.kind == "ApplicationNetworkPolicy" for policy in case.isolating)


def _by_strict_mode(case: _Case) -> bool:
    return case.strict and not case.isolating and case.told.disposition == "violation"


def _to_service(case: _Case) -> bool:
    is_asked = case.direction == "egress" and case.told.destination.kind == "service"
    return is_asked and bool(case.isolating)


def _from_service(case: _Case) -> bool:
    return case.told.source.kind == "service"


def _on_host_network(case: _Case) -> bool:
    return "node" in (case.told.source.kind, case.told.destination.kind)


def _is_standalone(case: _Case) -> bool:
    told = case.told
    workload = (told.source if case.direction == "egress" else told.destination).workload
    return workload is not None and workload.kind == "Pod" and bool(case.isolating)


def _asks_for_too_many(case: _Case) -> bool:
    asked = asked_for(case.peer, case.isolating, case.direction) if case.direction else 0
    return asked > MAX_COMBINATIONS


def _has_no_ports(case: _Case) -> bool:
    return case.told.flow.protocol not in PORTED


def _names_a_port(case: _Case) -> bool:
    return case.direction == "egress" and any(
        isinstance(port.port, str)
        for rule in case.rules
        if any(map(is_by_address, rule.peers or (None,)))
        for port in rule.ports
    )


def _is_named_by_another(case: _Case) -> bool:
    return case.by_name is not None


def _is_in_a_block(case: _Case) -> bool:
    return case.peer.kind in ("pod", "service") and any(
        peer.ip_block is not None and block_covers(peer.ip_block, case.peer.address)
        for rule in case.rules
        for peer in rule.peers
    )


DEVIATIONS: Final = (
    Deviation(
        "cluster-policy",
        "its tier is ADMIN or BASELINE, or one that is known decides",
        "A ClusterNetworkPolicy decided: one of tier Admin before NetworkPolicies, one of tier"
        " Baseline where none isolates the pod. Its body is in a snapshot, not in the audit log.",
        _by_cluster_policy,
    ),
    Deviation(
        "application-policy",
        "an ApplicationNetworkPolicy isolates the pod",
        "An ApplicationNetworkPolicy adds up with NetworkPolicies. No log holds which addresses its"
        " domain names had: whether it allows those is not known.",
        _by_application_policy,
    ),
    Deviation(
        "strict-mode",
        "the enforcing mode is strict, and no policy isolates the pod",
        "In strict mode a pod that no policy selects is denied everything; by the documentation of"
        " Kubernetes it would be open.",
        _by_strict_mode,
    ),
    Deviation(
        "service-address",
        "egress to a Service, and a policy isolates the pod",
        "Egress is judged by the Service's address, before it is translated: a selector covers it"
        " if it matches the Service's own selector, labels of its pods do not count, and the rule's"
        " port is the one that the Service leads to.",
        _to_service,
    ),
    Deviation(
        "service-source",
        "from a Service's address",
        "A Service's address as the source is that of an answer, before it is translated back; no"
        " selector covers it.",
        _from_service,
    ),
    Deviation(
        "host-network",
        "an end is a node",
        "A pod on the host's network has its node's address: no policy selects it and no selector"
        " covers it, a block of addresses does.",
        _on_host_network,
    ),
    Deviation(
        "standalone-pod",
        "nothing controls the deciding pod, and a policy isolates it",
        "The agent keeps policies by a pod's name without its last part: a pod that nothing"
        " controls may share them with another pod; AWS supports pods of Deployments.",
        _is_standalone,
    ),
    Deviation(
        "over-24-ports",
        "the rules that cover the peer hold more",
        f"The agent keeps {MAX_COMBINATIONS} combinations of port and protocol for one peer; these"
        " policies ask for more, and what is left out is denied.",
        _asks_for_too_many,
    ),
    Deviation(
        "no-ports",
        "the protocol is not TCP, UDP or SCTP",
        "A rule with ports never covers a protocol that has none (ICMP): only one without does.",
        _has_no_ports,
    ),
    Deviation(
        "named-port-to-address",
        "egress, and a rule for a block or for everybody names a port",
        "Out to a block of addresses or to everybody, a port's name means nothing.",
        _names_a_port,
    ),
    Deviation(
        "port-named-by-another",
        "ingress that is open only by another selected pod's name for the port",
        "Into the pods that a policy selects, a rule's named port is opened by the number that any"
        " of them calls so; by the documentation of Kubernetes each pod is reached on the port that"
        " it calls so itself.",
        _is_named_by_another,
    ),
    Deviation(
        "block-covers-pods",
        "a rule's block holds the peer, which is a pod or a Service",
        "A block of addresses covers the addresses of pods and Services, too.",
        _is_in_a_block,
    ),
)
"""In the order in which they are told."""
