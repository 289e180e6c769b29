"""Since when, and by whom, in words: what a person asks first of traffic that worked yesterday."""

from typing import Final

from netpolwatch.flows.model import Change, Since
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.kubernetes.identity.evidence import evidence_of

_MAX_POLICIES: Final = 3
_VERBS: Final = {
    "policy-created": "created",
    "policy-changed": "changed",
    "policy-deleted": "deleted",
    "pod-labels": "changed the labels of pod",
    "namespace-labels": "changed the labels of namespace",
}


def since_sentence(since: Since, at_ms: int) -> str:
    """Return a clause without a full stop; with the change's date where that is another day's.

    `at_ms` is the verdict's time (ms since 1970, UTC).
    """
    change = since.change
    when = evidence_of("since", change.at_us, at_ms, later=False)
    what = f"{when}, when {_actor(change)} {_VERBS[change.kind]} {change.name}"
    match since.effect:
        case "denied":
            return f"denied {what} ({_before(since)})"
        case "isolated":
            return f"denied {what}: no policy denied it before"
        case "allowed":
            return f"the policies allow it only {what}"
        case "deselected":
            return f"no policy selects the pod {what}"
        case "egress-lost":
            return f"no policy isolates its egress; it may be lost {what}, a policy for ingress"


def changed_at(since: Since) -> str | None:
    """Return when the change took effect, RFC 3339 UTC with ms."""
    return rfc3339(since.change.at_us // 1000)


def _actor(change: Change) -> str:
    """Name who changed it, without what an ARN repeats: `arn:…/alice`."""
    actor = change.actor or "somebody"
    scheme, _, rest = actor.partition(":")
    return f"{scheme}:…/{rest.rpartition('/')[2]}" if scheme == "arn" and "/" in rest else actor


def _before(since: Since) -> str:
    if not since.allowing:
        return "no policy isolated the pod before"
    if since.change.name in since.allowing:
        return "allowed before by it"
    more = len(since.allowing) - _MAX_POLICIES
    names = ", ".join(since.allowing[:_MAX_POLICIES])
    return f"allowed before by {names}" + (f" and {more} more" if more > 0 else "")
