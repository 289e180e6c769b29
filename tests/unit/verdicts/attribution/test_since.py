"""Since when a packet is denied, or allowed and dropped: what changed, when, and by whom."""

import json
from typing import Any

import msgspec
import pytest

from netpolwatch.flows.model import Flow, Since
from netpolwatch.kubernetes.facts import AnyFact, LabelsPatched, PodSeen, PolicyGone, PolicySeen
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.policy.spec import decode_network_policy
from netpolwatch.verdicts.attribution.judgement import ObjectJudge
from tests.unit.verdicts.attribution import scene

MINUTE = 60_000
ALICE, BOB = "arn:aws:sts::111122223333:assumed-role/Admin/alice", "system:admin:bob"
CONTROLLER = "eks:network-policy-controller"
FROM_CLIENT = {"from": [{"podSelector": {"matchLabels": {"app": "client"}}}]}
FROM_NOBODY = {"from": [{"podSelector": {"matchLabels": {"app": "nobody"}}}]}


def ingress(*rules: dict[str, Any], app: str = "api") -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"app": app}}, "policyTypes": ["Ingress"],
            "ingress": list(rules)}  # fmt: skip


def written(
    minute: float, spec: dict[str, Any] | None, name: str = "web", **more: object
) -> AnyFact:
    at_us = int((scene.AT_MS + minute * MINUTE) * 1000)
    policy = None
    if spec is not None:
        body = {"metadata": {"namespace": "shop", "name": name}, "spec": spec}
        policy = decode_network_policy(json.dumps(body).encode())
    given: dict[str, Any] = {
        "actor": ALICE,
        "event": f"{name}-{minute}",
        "source": "NetworkPolicy update",
    } | more
    return PolicySeen(at_us=at_us, namespace="shop", name=name, policy=policy, **given)


def gone(minute: float, name: str = "web", actor: str = ALICE) -> AnyFact:
    at_us = int((scene.AT_MS + minute * MINUTE) * 1000)
    return PolicyGone(at_us=at_us, source="NetworkPolicy delete", actor=actor, namespace="shop",
                      name=name, event=f"gone-{name}-{minute}")  # fmt: skip


def relabelled(minute: float, name: str, **labels: str) -> AnyFact:
    at_us = int((scene.AT_MS + minute * MINUTE) * 1000)
    return LabelsPatched(at_us=at_us, source="pod patch", actor=ALICE, event=f"label-{minute}",
                         resource="pods", namespace="shop", name=name,
                         changes={**labels})  # fmt: skip


SHOP: tuple[AnyFact, ...] = (
    scene.namespace(),
    *scene.pod("client", scene.CLIENT, scene.CLIENTS_NODE),
    *scene.pod("api", scene.SERVER, scene.SERVERS_NODE, scene.HTTP),
)


def since(minute: float, *facts: AnyFact, flow: Flow | None = None) -> Since | None:
    known = Knowledge()
    known.learn([*SHOP, *facts])
    asked = flow or scene.denied(
        scene.CLIENT, 40_000, scene.SERVER, 8080, scene.SERVERS_NODE, "ingress"
    )
    at_ms = int(scene.AT_MS + minute * MINUTE)
    return ObjectJudge(known).judge(msgspec.structs.replace(asked, timestamp=at_ms)).since


def test_a_conversation_is_denied_since_a_policy_was_changed_by_somebody() -> None:
    # given a policy that allowed the client for ten minutes, until bob changed it
    found = since(30, written(10, ingress(FROM_CLIENT)),
                  written(20, ingress(FROM_NOBODY), actor=BOB))  # fmt: skip
    # then the change, its time, its author and what allowed it are named
    assert found is not None
    assert (found.effect, found.change.name, found.change.actor) == ("denied", "shop/web", BOB)
    assert found.change.at_us == (scene.AT_MS + 20 * MINUTE) * 1000
    assert found.allowing == ("shop/web",)


def test_a_new_policy_is_told_as_new() -> None:
    found = since(30, written(10, ingress(FROM_NOBODY)))
    assert found is not None
    assert (found.effect, found.change.kind) == ("isolated", "policy-created")


def test_writes_that_change_nothing_are_no_change() -> None:
    # given a policy that is applied again every five minutes
    again = [written(minute, ingress(FROM_NOBODY), actor=BOB) for minute in (15, 20, 25)]
    # then it is denied since its creation
    found = since(30, written(10, ingress(FROM_NOBODY)), *again)
    assert found is not None
    assert (found.change.kind, found.change.actor) == ("policy-created", ALICE)


def test_who_asked_for_a_delete_is_named_and_not_who_took_the_finalizer_off() -> None:
    finalizers = ("networking.k8s.aws/resources",)
    found = since(
        30,
        written(10, ingress(FROM_NOBODY), "deny"),
        written(11, ingress(FROM_CLIENT), finalizers=finalizers),
        written(20, ingress(FROM_CLIENT), actor=BOB, finalizers=finalizers, deleting=True),
        gone(21, actor=CONTROLLER),
    )
    assert found is not None
    assert (found.change.kind, found.change.actor) == ("policy-deleted", BOB)
    assert found.change.at_us == (scene.AT_MS + 21 * MINUTE) * 1000


def test_a_policy_that_is_replaced_is_no_change() -> None:
    # given a policy that is deleted, and the same again five seconds later
    found = since(
        30, written(10, ingress(FROM_NOBODY)), gone(20), written(20.1, ingress(FROM_NOBODY))
    )
    # then what was open for moments does not count
    assert found is not None
    assert found.change.kind == "policy-created"


@pytest.mark.parametrize("body", [None, ingress()])
def test_behind_a_write_whose_body_is_not_known_nothing_is_said(
    body: dict[str, Any] | None,
) -> None:
    # given a policy that allowed it, a write of which only its time is known, and one that denies
    found = since(30, written(10, ingress(FROM_CLIENT)), written(15, body, partial=body is None),
                  written(20, ingress(FROM_NOBODY)))  # fmt: skip
    # then it is not known which of the two cut it, unless the first one's body is
    assert (found and found.change.at_us) == (
        None if body is None else (scene.AT_MS + 15 * MINUTE) * 1000
    )


def test_a_younger_pod_has_what_its_fellows_had() -> None:
    # given a client that came after the change
    later_us = 25 * MINUTE * 1000
    moved = [
        msgspec.structs.replace(
            fact,
            at_us=fact.at_us + later_us,
            **({"created_us": fact.at_us + later_us} if isinstance(fact, PodSeen) else {}),
        )
        for fact in scene.pod("client-2", "10.96.33.9", scene.CLIENTS_NODE, app="client")
    ]
    flow = scene.denied("10.96.33.9", 40_000, scene.SERVER, 8080, scene.SERVERS_NODE, "ingress")
    found = since(30, written(10, ingress(FROM_CLIENT)), written(20, ingress(FROM_NOBODY)), *moved,
                  flow=flow)  # fmt: skip
    assert found is not None
    assert found.effect == "denied"


def test_labels_that_were_changed_are_a_change() -> None:
    found = since(30, written(10, ingress(FROM_CLIENT)), relabelled(20, "client", app="other"))
    assert found is not None
    assert (found.effect, found.change.kind) == ("denied", "pod-labels")
    assert found.change.name == "shop/client"


@pytest.mark.parametrize(("minute", "effect"), [(21, "allowed"), (30, "deselected")])
def test_a_pod_that_no_policy_selects_any_more(minute: float, effect: str) -> None:
    # given a pod whose label was changed, so that the policy selects it no more, and a packet of
    # the client, which that policy did not allow
    found = since(minute, written(10, ingress(FROM_NOBODY)), relabelled(20, "api", app="old"))
    # then it is stale enforcement once an agent has had the time
    assert found is not None
    assert (found.effect, found.change.name) == (effect, "shop/api")


def test_an_agent_that_drops_what_is_allowed_since_a_moment() -> None:
    found = since(20.1, written(10, ingress(FROM_NOBODY)), written(20, ingress(FROM_CLIENT)))
    assert found is not None
    assert (found.effect, found.change.name) == ("allowed", "shop/web")


def test_egress_that_is_lost_with_a_policy_for_ingress() -> None:
    # given a pod with two policies for ingress, of which one is deleted
    flow = scene.denied(scene.SERVER, 40_000, "10.96.99.9", 5432, scene.SERVERS_NODE, "egress")
    policies = [written(10, ingress(FROM_CLIENT)), written(10, ingress(FROM_NOBODY), "second")]
    found = since(30, *policies, gone(20), flow=flow)
    # then its egress, which no policy isolates, is lost since
    assert found is not None
    assert (found.effect, found.change.name) == ("egress-lost", "shop/web")
    # and not where nothing was deleted
    assert since(30, *policies, flow=flow) is None


def test_what_is_older_than_a_day_is_no_change() -> None:
    assert since(25 * 60, written(10, ingress(FROM_NOBODY))) is None
