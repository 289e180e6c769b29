"""What a reviewer must know of a suggested policy: what it opens, and what it leaves denied."""

from collections.abc import Iterator
from typing import Final

from netpolwatch.kubernetes.policy.combinations import MAX_COMBINATIONS, asked_for
from netpolwatch.kubernetes.policy.evaluate import Decision
from netpolwatch.kubernetes.policy.nearest import who
from netpolwatch.kubernetes.policy.spec import Direction
from netpolwatch.kubernetes.policy.suggest import Suggestion, Wanted
from netpolwatch.verdicts.attribution.asking import Asking
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.sentence import named, some
from netpolwatch.verdicts.disposition import is_client_port

_OTHER: Final[dict[Direction, Direction]] = {"egress": "ingress", "ingress": "egress"}
_CREDENTIALS: Final = {
    "imds": "The node's metadata and its role's credentials are often denied on purpose: decide"
    " first whether this workload may have them.",
    "pod-identity": "This address gives the pod credentials of its own: decide first whether it is"
    " to have them.",
}
_SERVICE: Final = "Policies of the Service's pods are judged apart: they may deny it, too."
_NODE: Final = "All pods on the network of that node have its address."
_ADDRESS: Final = "An address alone may get another owner; a wider block may be meant."


def notes_of(
    told: Explanation, wanted: Wanted, found: Suggestion, asking: Asking, now: Decision
) -> Iterator[str]:
    """Give the notes, a sentence each; the first marks it as a suggestion."""
    port = told.flow.destination_port
    ends = f"{named(told.source)} reach {named(told.destination)}"
    yield f"A suggestion to review: it lets {ends} on {told.flow.protocol} {port}."
    if told.destination.name in _CREDENTIALS and told.destination.kind == "external":
        yield _CREDENTIALS[told.destination.name]
    yield from _of_change(found, now)
    if wanted.port.port != port:
        yield (f"The Service sends port {port} on to {wanted.port.port} of its pods: a rule for"
               " that opens the Service's port, too.")  # fmt: skip
    yield from _of_bound(wanted, found, asking)
    yield from _of_peer(told, _OTHER[wanted.direction], asking)
    if is_client_port(port) and not asking.is_offered():
        yield f"Port {port} may be a client's, taken once: check that it is offered."


def _of_change(found: Suggestion, now: Decision) -> Iterator[str]:
    policy = found.policy
    if found.change == "policy":
        yield (f"It is a new policy of namespace {policy.namespace}; it selects only pods that are"
               f" isolated already, by {some(now.isolating)}.")  # fmt: skip
        return
    yield (f"It is the policy {policy.namespace}/{policy.name}, as it is known last, with one"
           f" {found.change} more; labels and annotations are left out.")  # fmt: skip
    if found.change == "port":
        yield f"The port is opened for {who(found.peer, policy.namespace)}."


def _of_bound(wanted: Wanted, found: Suggestion, asking: Asking) -> Iterator[str]:
    """Tell where one port more is one too many."""
    direction, policy = wanted.direction, found.policy
    others = [each for each in asking.decide_now(direction).isolating if each.name != policy.name]
    number = asked_for(asking.connection.peer(direction), [*others, policy], direction)
    if number > MAX_COMBINATIONS:
        yield (f"The agent keeps {MAX_COMBINATIONS} combinations of port and protocol for one peer:"
               f" with this there are {number}. Merge ports into ranges first.")  # fmt: skip


def _of_peer(told: Explanation, other: Direction, asking: Asking) -> Iterator[str]:
    identity = told.source if other == "egress" else told.destination
    if identity.kind == "service":
        yield _SERVICE
    elif identity.kind == "node":
        yield _NODE
    elif identity.kind != "pod":
        yield from () if identity.name else (_ADDRESS,)
    else:
        decision = asking.decide_now(other).decision
        if decision.allowed is False:
            yield (f"The other end denies it, too: {other} of {named(identity)} is isolated by"
                   f" {some(decision.isolating)} and needs a rule of its own.")  # fmt: skip
        elif decision.allowed is None:
            yield f"Whether {other} of {named(identity)} is allowed is not known."
