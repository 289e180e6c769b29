"""Who may teach what: whose requests and whose answers are believed, in one table.

An audit event holds what somebody sent and, at level RequestResponse, what the API server stored.
Anybody who may write pods can send anything; the server drops the status of a create, but the event
shows it. So each lesson has its teachers, and what was only asked for teaches nothing: dry runs and
refusals never get here (`Event.happened`).

The user is the one who was authenticated: whoever acts as somebody else is not that somebody.
docs/attribution.md shows the same table.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

from netpolwatch.kubernetes.audit.event import Event

Lesson = Literal["pod-addresses", "pod-end", "node-addresses", "branch-interface"]

BRANCH_CONTROLLERS: Final = frozenset({
    "eks:vpc-resource-controller",
    "system:serviceaccount:kube-system:vpc-resource-controller",
})  # fmt: skip
"""The VPC resource controller, as EKS runs it and as one installs it."""


class Teachers(NamedTuple):
    """Whom a lesson is believed of; each takes the event and the node that its object runs on.

    Attributes
    ----------
    lesson
        What is taught, in words.
    request, response
        Whose request, and whose answer, is believed.
    words
        The same, in words.
    """

    lesson: str
    request: Callable[[Event, str | None], bool]
    response: Callable[[Event, str | None], bool]
    words: str


def _nobody(_event: Event, _node: str | None) -> bool:
    return False


def _anybody(_event: Event, _node: str | None) -> bool:
    return True


def _kubelet_of(event: Event, node: str | None) -> bool:
    """Whether the kubelet of an object's node wrote; it may not write of other nodes' pods."""
    return event.by_kubelet and node in (None, event.node)


def _kubelets_status(event: Event, node: str | None) -> bool:
    return event.reference.subresource == "status" and _kubelet_of(event, node)


def _but_a_strangers_status(event: Event, node: str | None) -> bool:
    """Whether an answer shows a status that its own request did not bring."""
    return event.reference.subresource != "status" or _kubelet_of(event, node)


def _branch_controller(event: Event, _node: str | None) -> bool:
    return event.user.username in BRANCH_CONTROLLERS


TEACHERS: Final[Mapping[Lesson, Teachers]] = {
    "pod-addresses": Teachers(
        "a pod's addresses, and its node's by them",
        _kubelets_status,
        _but_a_strangers_status,
        "the status that the kubelet of the pod's node writes, or that the API server answers to"
        " any write but a stranger's of that status",
    ),
    "pod-end": Teachers(
        "that a pod's containers have all finished",
        _kubelets_status,
        _anybody,
        "the same kubelet, or the API server's answer",
    ),
    "node-addresses": Teachers(
        "a node's addresses",
        _kubelet_of,
        _anybody,
        "the node's own kubelet, or the API server's answer",
    ),
    "branch-interface": Teachers(
        "a pod's own network interface",
        _branch_controller,
        _branch_controller,
        "the VPC resource controller",
    ),
}
"""Labels, specifications, policies and Services are taught by every write that was done: by the API
server's answer, or by the request where the audit policy keeps no answer."""


def believes(lesson: Lesson, event: Event, node: str | None, *, answered: bool) -> bool:
    """Whether an event's writer may teach a lesson of an object on a node.

    `node` is `None` where it is not known; `answered` says that it is the API server's answer that
    shows it.
    """
    teachers = TEACHERS[lesson]
    return (teachers.response if answered else teachers.request)(event, node)
