"""Detectors for what anchors and patterns cannot say; an entry names one by its key."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from netpolwatch.catalogue.admission import find_refusal, let_in_without
from netpolwatch.catalogue.feature_roles import find_role_change
from netpolwatch.catalogue.images import read_images
from netpolwatch.catalogue.panics import find_panic
from netpolwatch.catalogue.policy_lint import lint
from netpolwatch.catalogue.port_combinations import most_combinations
from netpolwatch.catalogue.running import read_versions
from netpolwatch.catalogue.statement import LAST_SEEN, begins_statement
from netpolwatch.catalogue.version_numbers import parse_bounds, parse_version, within
from netpolwatch.ingest.origin import is_unnamed
from netpolwatch.kubernetes.audit import decode_event

Fields = dict[str, str | int | None]
Options = Mapping[str, tuple[str, ...]]
Detector = Callable[[str, str | None, Options], Fields | None]
Witness = Callable[[str, str | None], str | None]

_MAX_CHARS = 65_536
_SCHEDULER = "system:kube-scheduler"
_WRITES = frozenset({"create", "update", "patch"})


_VERDICTS = frozenset(
    {("pods", "", "status"), ("pods", "", ""), ("events", "", ""), ("events", "events.k8s.io", "")}
)
"""Where the scheduler writes what it thinks: resource, API group, subresource."""

_SHORTAGE = re.compile(
    r"\d{1,6}/(?P<nodes>\d{1,6}) nodes are available: (?P<causes>.{1,4000})",
    re.DOTALL,
)
_UNABLE = re.compile(r'"Unable to schedule pod; no fit[^"\n]{0,40}" pod="[^"\n]{1,320}" err="')
_CAUSES_END = re.compile(r"\.(?: preemption|[\s\"\\]|$)|\" *(?:$|[,}])")
_CAUSE = re.compile(r"(?:^|, )(?P<count>\d{1,6}) (?P<what>[^,]*)")
_POD = re.compile(
    r"""
      \bpod="(?P<klog>[a-z0-9.-]{1,63}/[a-z0-9.-]{1,253})"
    | \b[Pp]od/(?P<kubectl>[a-z0-9.-]{1,253})\s
    | "(?:objectRef|regarding|involvedObject)":\{
      [^{}]{0,400}?"namespace":"(?P<namespace>[a-z0-9.-]{1,63})"
      [^{}]{0,400}?"name":"(?P<name>[a-z0-9.-]{1,253})"
    """,
    re.VERBOSE,
)
_NAMESPACED_EVENT = re.compile(
    rf"\s{{0,40}}(?P<namespace>[a-z0-9-]{{1,63}})\s{{1,40}}{LAST_SEEN}(?:Warning|Normal)\s"
)


def resource_shortage(text: str, component: str | None, options: Options) -> Fields | None:
    """Find a scheduler's verdict in which the lack of a resource is the largest cause.

    `options["resource"]` is the resource's name. Fields: `nodes` in all, `insufficient` of them,
    `namespace` and `pod` where the line tells; `unplaced_pod` is the pod where none has it.
    """
    text = text[:_MAX_CHARS].replace("\\/", "/")
    found = _SHORTAGE.search(text)
    if found is None or (is_unnamed(component) and not _is_schedulers(text, found.start())):
        return None
    causes = _causes(found["causes"])
    (resource,) = options["resource"]
    short = causes.get(f"Insufficient {resource}", 0)
    if short == 0 or short < max(causes.values()):
        return None
    counts: Fields = {"nodes": int(found["nodes"]), "insufficient": short}
    return _on_nodes(counts | _pod(text))


def shortage_words(text: str, _component: str | None) -> str | None:
    """Give a scheduler's verdict."""
    found = _SHORTAGE.search(text[:_MAX_CHARS])
    return found and found[0].removesuffix(found["causes"]) + _whole_causes(found["causes"])


def audited_shortage(text: str, component: str | None, options: Options) -> Fields | None:
    """Find what `resource_shortage` finds, in an audit event that the scheduler caused."""
    event = decode_event(text)
    if event is None or event.verb not in _WRITES or not event.happened:
        return None
    about = event.reference
    told_of = (about.resource, about.api_group, about.subresource)
    if event.user.username != _SCHEDULER or told_of not in _VERDICTS:
        return None
    found = resource_shortage(text, component, options)
    if found is None or about.resource != "pods":
        return found
    return _on_nodes(found | {"namespace": about.namespace, "pod": about.name})


def _on_nodes(found: Fields) -> Fields:
    """Name the pod that none of the nodes has a place for."""
    nowhere = found["nodes"] == found["insufficient"] and found.get("pod")
    return found | {"unplaced_pod": found["pod"]} if nowhere else found


def go_panic(text: str, component: str | None, options: Options) -> Fields | None:
    """Find a Go panic of one of `options["owners"]`.

    With `options["unstated"]` a panic also counts whose owner nothing tells: no component, no
    frames. `options["messages"]` bounds it to messages that begin so.
    """
    panic = find_panic(text, component)
    if panic is None:
        return None
    mine = panic.owner in options["owners"] or (panic.owner is None and "unstated" in options)
    messages = options.get("messages", ("",))
    if not mine or not panic.message.startswith(messages):
        return None
    return {"panic": panic.message, "frame": panic.frame, "fingerprint": panic.fingerprint}


def panic_words(text: str, component: str | None) -> str | None:
    """Give a panic's message and topmost frames."""
    panic = find_panic(text, component)
    return panic.words if panic else None


def policy_lint(text: str, _component: str | None, options: Options) -> Fields | None:
    """Find a NetworkPolicy that was written with one of `options["problems"]`.

    The field `problems` names all that it has, also those that were not asked for. A policy
    without any has the problem `none`.
    """
    found = lint(text)
    if found is None:
        return None
    names = [problem.name for problem in found.problems]
    if not set(names or ["none"]) & set(options["problems"]):
        return None
    return {
        "namespace": found.namespace,
        "policy": found.policy,
        "problems": ", ".join(names) or None,
    }


def policy_lint_words(text: str, _component: str | None) -> str | None:
    """Say where a policy's problems are."""
    found = lint(text)
    return found.words if found and found.problems else None


def role_change(text: str, _component: str | None, options: Options) -> Fields | None:
    """Find a write of an RBAC object that network policies live by.

    `options["rights"]`: `missing` (somebody took a right away), `kept`, or `untold` (the event
    does not tell). EKS's own routine writes count only where a right is missing, or with
    `options["routine"]`.
    """
    change = find_role_change(text)
    if change is None:
        return None
    rights = "missing" if change.missing else "untold" if change.missing is None else "kept"
    passed_over = change.routine and rights != "missing" and "routine" not in options
    if rights not in options["rights"] or passed_over:
        return None
    return {
        "user": change.user,
        "verb": change.verb,
        "resource": change.resource,
        "name": change.name,
        "missing": change.missing or None,
    }


def role_change_words(text: str, _component: str | None) -> str | None:
    """Say what was changed, and what is missing."""
    change = find_role_change(text)
    return change.words if change else None


def image_in_use(text: str, _component: str | None, options: Options) -> Fields | None:
    """Find a workload or pod that runs an image which matches `options["image"]`."""
    found = read_images(text)
    if found is None:
        return None
    for pattern in options["image"]:
        for image in found.images:
            if re.search(pattern, image):
                return {
                    "image": image,
                    "node": found.node,
                    "namespace": found.namespace,
                    "name": found.name,
                }
    return None


def mixed_release(text: str, component: str | None, options: Options) -> Fields | None:
    """Find images of the CNI and of the agent of which one alone is past a change to both.

    `options["vpc_cni"]` and `options["agent"]` are the versions of either that have it.
    """
    told = {seen.component: seen for seen in read_versions(text, component, None, None)}
    cni, agent = told.get("vpc-cni"), told.get("agent")
    if cni is None or agent is None:
        return None
    changed = _is_of(cni.version, options["vpc_cni"]), _is_of(agent.version, options["agent"])
    if None in changed or changed[0] == changed[1]:
        return None
    return {"node": cni.node, "vpc_cni": cni.version, "agent": agent.version}


def _is_of(text: str, bounds: tuple[str, ...]) -> bool | None:
    version = parse_version(text)
    return None if version is None else within(parse_bounds(" ".join(bounds)), version)


def admission_refusal(text: str, _component: str | None, _options: Options) -> Fields | None:
    """Find a write of the feature's objects that admission refused or could not be asked about."""
    found = find_refusal(text)
    if found is None:
        return None
    return {
        "user": found.event.user.username,
        "verb": found.event.verb,
        "resource": found.event.reference.resource,
        "namespace": found.event.reference.namespace,
        "name": found.name,
        "webhook": found.webhook,
        "code": found.code,
    }


def admission_refusal_words(text: str, _component: str | None) -> str | None:
    """Give the server's message."""
    found = find_refusal(text)
    return found.message if found else None


def webhook_failed_open(text: str, _component: str | None, options: Options) -> Fields | None:
    """Find a pod that was let in though `options["webhook"]` could not be asked about it."""
    (webhook,) = options["webhook"]
    found = let_in_without(text, webhook)
    return None if found is None else dict(found._asdict())


def port_combinations(text: str, _component: str | None, options: Options) -> Fields | None:
    """Find a NetworkPolicy that asks for many combinations of port and protocol for one peer.

    From `options["at_least"]` on, up to `options["at_most"]` where that is given.
    """
    found = most_combinations(text)
    if found is None or found.number < int(options["at_least"][0]):
        return None
    if found.number > int(options.get("at_most", (str(found.number),))[0]):
        return None
    return {
        "namespace": found.namespace,
        "policy": found.policy,
        "direction": found.direction,
        "peer": found.peer,
        "combinations": found.number,
    }


def _is_schedulers(text: str, at: int) -> bool:
    """Whether a line of an unknown writer is the scheduler's own, or an event's of it."""
    if begins_statement(text, at):
        return True
    klog = _UNABLE.search(text, 0, at)
    return klog is not None and begins_statement(text, klog.start())


def _whole_causes(text: str) -> str:
    """Leave out what follows a verdict's causes."""
    end = _CAUSES_END.search(text)
    return text[: end.start()] if end else text


def _causes(text: str) -> dict[str, int]:
    causes: dict[str, int] = {}
    for cause in _CAUSE.finditer(_whole_causes(text)):
        what = cause["what"].strip()
        causes[what] = causes.get(what, 0) + int(cause["count"])
    return causes


def _pod(text: str) -> Fields:
    found = _POD.search(text)
    if found is None:
        return {}
    if found["klog"]:
        namespace, _, name = found["klog"].partition("/")
        return {"namespace": namespace, "pod": name}
    if found["kubectl"]:
        event = _NAMESPACED_EVENT.match(text)
        pod: Fields = {"pod": found["kubectl"]}
        return pod | {"namespace": event["namespace"]} if event else pod
    return {"namespace": found["namespace"], "pod": found["name"]}


DETECTORS: Final[dict[str, Detector]] = {
    "admission_refusal": admission_refusal,
    "audited_shortage": audited_shortage,
    "go_panic": go_panic,
    "image_in_use": image_in_use,
    "mixed_release": mixed_release,
    "policy_lint": policy_lint,
    "port_combinations": port_combinations,
    "resource_shortage": resource_shortage,
    "role_change": role_change,
    "webhook_failed_open": webhook_failed_open,
}

WITNESSES: Final[dict[str, Witness]] = {
    "admission_refusal": admission_refusal_words,
    "audited_shortage": shortage_words,
    "go_panic": panic_words,
    "policy_lint": policy_lint_words,
    "role_change": role_change_words,
}
"""What to show as evidence of what a detector found, where the text around its anchor is not it."""
