"""What the first write that was seen of an object tells of the time before it."""

from itertools import permutations
from typing import Any

import pytest

from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import AnyFact
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.snapshot import read_json_snapshot
from tests.unit.catalogue.auditing import audited

BORN, ASKED, WRITTEN, AFTER = 1_000, 2_000, 3_000, 4_000
"""In milliseconds since 1970."""

APPLIED = {"metadata": {}, "code": 201}
CONTROLLER = {"username": "eks:network-policy-controller"}
SPEC: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Ingress"]}
POLICY = {"resource": "networkpolicies", "apiGroup": "networking.k8s.io", "namespace": "shop",
          "name": "in"}  # fmt: skip
SERVICE = {"resource": "services", "namespace": "shop", "name": "api"}
NAMESPACE = {"resource": "namespaces", "namespace": "shop", "name": "shop"}
POD = {"resource": "pods", "namespace": "shop", "name": "api"}


def whole(
    kind: str,
    about: dict[str, str],
    spec: dict[str, Any],
    metadata: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Give an object that was created long before the write that is seen first."""
    meta = {"name": about["name"], "namespace": about["namespace"], "uid": "u", "generation": 3,
            "creationTimestamp": "1970-01-01T00:00:01Z"}  # fmt: skip
    return {"kind": kind, "metadata": meta | (metadata or {}), "spec": spec}


def written(
    verb: str, about: dict[str, str], at_ms: int = WRITTEN, **changes: object
) -> tuple[AnyFact, ...]:
    return read_audit_event(audited(verb, about, **changes), at_ms)


def knowing(*facts: AnyFact) -> Knowledge:
    known = Knowledge()
    known.learn(facts)
    return known


IN = whole("NetworkPolicy", POLICY, spec=SPEC)


@pytest.mark.parametrize(
    ("facts", "before", "after"),
    [
        (written("update", POLICY, requestObject=IN, responseObject=IN), None, SPEC),
        (written("patch", POLICY, requestObject={"spec": SPEC}, responseObject=IN), None, SPEC),
        (written("patch", POLICY, requestObject={"metadata": {"labels": {"a": "b"}}},
                 responseObject=IN), SPEC, SPEC),
        (written("update", POLICY, user=CONTROLLER, responseObject=IN), SPEC, SPEC),
        (written("patch", POLICY, requestObject={"spec": SPEC},
                 responseObject=whole("NetworkPolicy", POLICY, spec=SPEC,
                                      metadata={"generation": 1})), SPEC, SPEC),
        (written("patch", POLICY), None, None),
        (written("patch", POLICY, user=CONTROLLER), None, None),
    ],
    ids=["update", "patch", "patch of labels", "by the controller", "first generation",
         "without bodies", "by the controller, without bodies"],
)  # fmt: skip
def test_what_a_policy_older_than_the_log_was(
    facts: tuple[AnyFact, ...], before: object, after: object
) -> None:
    known = knowing(*facts)
    for at_ms, body in ((ASKED, before), (AFTER, after)):
        (state,) = known.policies("shop", at_ms)
        assert (state.policy is not None) == (body is not None)
        assert known.policies_in_force("shop", at_ms).unread == (body is None)


def test_a_listing_shows_what_was_there_before_it() -> None:
    listed = read_json_snapshot(
        b'{"kind":"NetworkPolicyList","items":[{"metadata":{"name":"in","namespace":"shop",'
        b'"generation":3,"creationTimestamp":"1970-01-01T00:00:01Z"},"spec":{"podSelector":{}}}]}',
        WRITTEN,
    )
    (state,) = knowing(*listed.facts).policies("shop", ASKED)
    assert state.policy is not None


@pytest.mark.parametrize("verb", ["patch", "update"])
def test_what_an_apply_creates_was_not_there_before(verb: str) -> None:
    facts = written(verb, POLICY, responseStatus=APPLIED, requestObject=IN, responseObject=IN)
    assert knowing(*facts).policies("shop", ASKED) == ()
    assert len(knowing(*facts).policies("shop", AFTER)) == 1
    truncated = written(verb, POLICY, responseStatus=APPLIED)
    assert knowing(*truncated).policies("shop", ASKED) == ()
    assert knowing(*truncated).policies_in_force("shop", AFTER).unread


FINALIZED = written("patch", POLICY, WRITTEN + 10, user=CONTROLLER)
CREATED = written("create", POLICY, requestObject=IN, responseObject=IN)
DELETED = written("delete", POLICY, WRITTEN + 20, responseObject=whole(
    "NetworkPolicy", POLICY, spec=SPEC,
    metadata={"finalizers": ["networking.k8s.aws/resources"],
              "deletionTimestamp": "1970-01-01T00:00:03Z"}))  # fmt: skip
RELEASED = written("patch", POLICY, WRITTEN + 30, user=CONTROLLER)


@pytest.mark.parametrize("order", list(permutations([CREATED, FINALIZED, DELETED, RELEASED])))
def test_the_controllers_patch_without_bodies_changes_no_policy(
    order: tuple[tuple[AnyFact, ...], ...],
) -> None:
    # given a policy, its controller's two patches of finalizers cut off, and its delete between
    known = knowing(*(fact for facts in order for fact in facts))
    # then
    for at_ms in (WRITTEN + 15, WRITTEN + 25):
        (state,) = known.policies("shop", at_ms)
        assert state.policy is not None
    assert known.policies("shop", WRITTEN + 35) == ()


API = whole("Service", SERVICE, spec={"clusterIP": "172.20.5.5", "selector": {"app": "api"},
                                      "ports": [{"port": 80, "targetPort": 8080}]})  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "selector"),
    [
        ({"spec": {"selector": {"app": "api"}}}, None),
        ({"metadata": {"annotations": {"a": "b"}}}, {"app": "api"}),
    ],
)
def test_what_a_service_older_than_the_log_selected(
    sent: object, selector: dict[str, str] | None
) -> None:
    known = knowing(*written("patch", SERVICE, requestObject=sent, responseObject=API))
    before, after = (known.service_at("172.20.5.5", at_ms) for at_ms in (ASKED, AFTER))
    assert before is not None
    assert (before.selector, len(before.ports)) == (selector, 0 if selector is None else 1)
    assert after is not None
    assert after.selector == {"app": "api"}


@pytest.mark.parametrize(
    ("verb", "sent", "known_before"),
    [
        ("patch", {"metadata": {"labels": {"app": "api"}}}, False),
        ("patch", {"metadata": {"labels": None}}, False),
        ("patch", {"metadata": {"annotations": {"a": "b"}}}, True),
        ("update", {}, False),
    ],
)
@pytest.mark.parametrize(("kind", "about"), [("Pod", POD), ("Namespace", NAMESPACE)])
def test_labels_before_a_write_that_may_have_changed_them_are_not_known(
    kind: str, about: dict[str, str], verb: str, sent: object, *, known_before: bool
) -> None:
    body = whole(kind, about, spec={}, metadata={"labels": {"app": "api"}})
    known = knowing(*written(verb, about, requestObject=sent, responseObject=body))
    for at_ms, is_known in ((ASKED, known_before), (AFTER, True)):
        if kind == "Pod":
            pod = known.pod("shop", "api", at_ms)
            assert pod is not None
            labels = pod.labels
        else:
            labels = known.namespace_labels("shop", at_ms)
        assert (labels is not None) == is_known


def test_a_namespace_that_an_apply_created_holds_no_older_policy() -> None:
    body = whole("Namespace", NAMESPACE, spec={"finalizers": ["kubernetes"]})
    applied = written("patch", NAMESPACE, responseStatus=APPLIED, requestObject=body,
                      responseObject=body)  # fmt: skip
    assert knowing(*applied).knows_all_policies("shop", AFTER)
    assert not knowing(*applied).knows_all_policies("shop", ASKED)
    touched = written("patch", NAMESPACE, requestObject=body, responseObject=body)
    assert not knowing(*touched).knows_all_policies("shop", AFTER)
