"""A dry run that a delete or an eviction asks for in its body changes nothing."""

import json

import pytest

from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import CollectionDeleted, PodTerminating, PolicyGone
from tests.unit.catalogue.auditing import audited

POLICY = {
    "resource": "networkpolicies",
    "apiGroup": "networking.k8s.io",
    "namespace": "shop",
    "name": "api-in",
}
EVICTION = {"resource": "pods", "subresource": "eviction", "namespace": "shop", "name": "web-0"}
WRITES = [
    ("delete", POLICY, PolicyGone),
    ("deletecollection", {**POLICY, "name": ""}, CollectionDeleted),
    ("create", EVICTION, PodTerminating),
]


def sent(verb: str, reference: dict[str, str], options: dict[str, object]) -> str:
    evicts = reference.get("subresource") == "eviction"
    body = {"kind": "Eviction", "deleteOptions": options} if evicts else options
    done = {"kind": "Status", "status": "Success"}
    return audited(
        verb, reference, requestObject=body, responseObject=done,
        stageTimestamp="2026-08-18T06:00:00.000000Z",
    )  # fmt: skip


@pytest.mark.parametrize(("verb", "reference"), [write[:2] for write in WRITES])
@pytest.mark.parametrize("compact", [True, False])
def test_a_dry_run_in_the_options_teaches_nothing(
    verb: str, reference: dict[str, str], *, compact: bool
) -> None:
    # given the event as the API server writes it, or as a forwarder writes it anew
    separators = (",", ":") if compact else (", ", ": ")
    event = json.loads(sent(verb, reference, {"dryRun": ["All"]}))
    # then
    assert read_audit_event(json.dumps(event, separators=separators)) == ()


@pytest.mark.parametrize(("verb", "reference", "kind"), WRITES)
@pytest.mark.parametrize("options", [{}, {"dryRun": []}, {"dryRun": None}, {"dryRun": 7}])
def test_other_options_change_something(
    verb: str, reference: dict[str, str], kind: type, options: dict[str, object]
) -> None:
    # when
    (fact,) = read_audit_event(sent(verb, reference, options))
    # then
    assert isinstance(fact, kind)
