"""One sentence that a person understands."""

from netpolwatch.flows.model import Disposition, Flow
from netpolwatch.kubernetes.identity import Identity
from netpolwatch.kubernetes.policy.evaluate import Decision
from netpolwatch.kubernetes.policy.spec import Direction

_MAX_POLICIES = 3


def sentence(
    flow: Flow,
    source: Identity,
    destination: Identity,
    direction: Direction | None,
    decision: Decision,
    disposition: Disposition | None,
    why: str,
) -> str:
    """Say who asked whom, what decided, and what comes of it."""
    what = f"{flow.protocol} {flow.destination_port}"
    told = f"{named(source)} -> {named(destination)}, {what}: {flow.verdict}"
    if direction is not None and decision.isolating:
        told += f"; {direction} is isolated by {some(decision.isolating)}"
    if decision.allowing:
        told += f", allowed by {some(decision.allowing)}"
    if disposition is not None:
        told += f". {disposition}: {why}"
    elif why:
        told += f". {why}"
    if disposition == "violation" and decision.nearest_miss is not None:
        told += f". Nearest: {decision.nearest_miss.policy} {decision.nearest_miss.why}"
    return told


def named(identity: Identity) -> str:
    """Name an end: its workload with the namespace, else what is known, else its address."""
    address = identity.address or "a redacted address"
    if identity.kind == "pod":
        workload = identity.workload
        shown = f"{workload.kind}/{workload.name}" if workload else f"pod {identity.name}"
        return f"{identity.namespace}/{shown} ({address})"
    if identity.kind == "service":
        return f"Service {identity.namespace}/{identity.name} ({address})"
    if identity.kind == "node":
        return f"node {identity.name} ({address})"
    return f"{identity.name} ({address})" if identity.name else f"{identity.kind} {address}"


def some(names: tuple[str, ...]) -> str:
    """Write the first few of some names, and how many more there are."""
    shown = ", ".join(names[:_MAX_POLICIES])
    more = len(names) - _MAX_POLICIES
    return f"{shown} and {more} more" if more > 0 else shown
