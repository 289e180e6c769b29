"""How a policy must name an end of a connection, as narrowly as the end's successors allow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.labels import NAMESPACE_NAME, Requirement, Selector
from netpolwatch.kubernetes.policy.lasting import lasting
from netpolwatch.kubernetes.policy.spec import IpBlock, NetworkPolicy, Peer

MAX_LABELS: Final = 16


@dataclass(frozen=True, slots=True)
class CannotName:
    """That a policy cannot name an end, and why."""

    why: str


def peer_of(end: End, namespace: str) -> Peer | CannotName:
    """Describe the other end for a policy of `namespace`."""
    if end.kind in ("external", "node") or (end.kind == "service" and not end.labels):
        # What nothing selects by labels has its address alone.
        return _block(end.address)
    if end.kind == "unknown" or end.labels is None or end.namespace is None:
        return CannotName("the peer's labels are not known")
    # What a Service selects by is what its author wrote.
    labels = dict(end.labels) if end.kind == "service" else lasting(end.labels)
    unfit = _unfit(labels)
    if unfit:
        return CannotName(f"the peer has {unfit}")
    elsewhere = None if end.namespace == namespace else Selector({NAMESPACE_NAME: end.namespace})
    return Peer(Selector(labels), elsewhere)


def selector_of(
    labels: Mapping[str, str], isolating: Sequence[NetworkPolicy]
) -> Selector | CannotName:
    """Select a pod with these labels, and none that is open now: it would be closed by that."""
    kept = lasting(labels)
    unfit = _unfit(kept)
    if unfit:
        return CannotName(f"the deciding pod has {unfit}")
    if any(_implies(kept, policy.pod_selector) for policy in isolating):
        return Selector(kept)
    also = isolating[0].pod_selector
    return Selector({**also.match_labels, **kept}, also.match_expressions)


def is_no_wider(selector: Selector, than: Selector) -> bool:
    """Whether it is plain that all that a selector covers is covered by another one, too."""
    return than.match_labels.items() <= selector.match_labels.items() and all(
        each in selector.match_expressions for each in than.match_expressions
    )


def is_peer_no_wider(peer: Peer, than: Peer) -> bool:
    """Whether that is plain of all that a rule's peer covers."""
    if peer.ip_block is not None or than.ip_block is not None:
        return peer.ip_block == than.ip_block
    if peer.pod_selector is None or than.pod_selector is None:
        return False
    if (peer.namespace_selector is None) != (than.namespace_selector is None):
        return False
    namespaces = peer.namespace_selector or Selector(), than.namespace_selector or Selector()
    return is_no_wider(*namespaces) and is_no_wider(peer.pod_selector, than.pod_selector)


def _block(address: str | None) -> Peer | CannotName:
    try:
        whole = ip_address(address or "")
    except ValueError:
        return CannotName("the peer's address is not known")
    return Peer(ip_block=IpBlock(f"{whole}/{whole.max_prefixlen}"))


def _unfit(labels: Mapping[str, str]) -> str | None:
    if not labels:
        return "no label that its successors will have, too"
    return f"more than {MAX_LABELS} labels" if len(labels) > MAX_LABELS else None


def _implies(labels: Mapping[str, str], selector: Selector) -> bool:
    """Whether every pod with these labels is selected, whatever other labels it has."""
    return selector.match_labels.items() <= labels.items() and all(
        _holds_of_all(labels, requirement) for requirement in selector.match_expressions
    )


def _holds_of_all(labels: Mapping[str, str], requirement: Requirement) -> bool:
    return requirement.key in labels and requirement.matches(labels)
