"""Whether a change of RBAC takes away what network policies need."""

import pytest

from netpolwatch.catalogue.feature_roles import RoleChange, find_role_change
from tests.unit.catalogue.auditing import ALICE, audited

SELF_MANAGED = "amazon-network-policy-controller-k8s"
CONTROLLER = "eks:network-policy-controller"
READS = {"apiGroups": ["networking.k8s.aws"], "resources": ["policyendpoints"],
         "verbs": ["get", "list", "watch"]}  # fmt: skip


def _about(name: str, resource: str = "clusterroles") -> dict[str, str]:
    return {"resource": resource, "name": name, "apiGroup": "rbac.authorization.k8s.io"}


def _changed(name: str, rules: object, **changes: object) -> RoleChange | None:
    body = {"kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}
    return find_role_change(audited("update", _about(name), responseObject=body | changes))


@pytest.mark.parametrize(
    ("name", "rules", "missing"),
    [
        ("aws-node", [READS], ""),
        ("aws-node", [READS | {"verbs": ["get"]}], "policyendpoints: list, watch"),
        (
            "aws-node",
            [READS | {"verbs": ["get"]}, READS | {"verbs": ["list", "watch"]}],
            "",
        ),
        ("aws-node", [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}], ""),
        ("aws-node", [READS | {"apiGroups": [""]}], "policyendpoints: get, list, watch"),
        ("aws-node", [READS | {"resourceNames": ["a"]}], "policyendpoints: get, list, watch"),
        ("aws-node", [], "policyendpoints: get, list, watch"),
        ("aws-node", None, "policyendpoints: get, list, watch"),
        (CONTROLLER, [READS], "policyendpoints: create, update, patch, delete"),
        ("amazon-network-policy-controller-k8s-role", [READS | {"verbs": ["*"]}], ""),
    ],
)
def test_the_rights_of_a_role_are_weighed(name: str, rules: object, missing: str) -> None:
    change = _changed(name, rules)
    assert change is not None
    assert (change.user, change.verb, change.missing) == (ALICE, "update", missing)


def _account(name: str, namespace: str = "kube-system") -> dict[str, str]:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


@pytest.mark.parametrize(
    ("name", "subjects", "missing"),
    [
        ("aws-node", [_account("aws-node")], ""),
        ("aws-node", [_account("aws-node", "shop")], "the subject aws-node"),
        ("aws-node", [_account("aws-node-termination-handler")], "the subject aws-node"),
        ("aws-node", [{"kind": "User", "name": "aws-node"}], "the subject aws-node"),
        ("aws-node", [{"kind": "ServiceAccount", "name": "default"}], "the subject aws-node"),
        ("aws-node", None, "the subject aws-node"),
        (CONTROLLER, [{"kind": "User", "name": CONTROLLER}], ""),
        ("amazon-network-policy-controller-k8s-binding", [_account(f"{SELF_MANAGED}-2")], ""),
    ],
)
def test_a_binding_needs_its_subject(name: str, subjects: object, missing: str) -> None:
    body = {"kind": "ClusterRoleBinding", "subjects": subjects}
    about = _about(name, "clusterrolebindings")
    change = find_role_change(audited("patch", about, responseObject=body))
    assert change is not None
    assert change.missing == missing


def test_a_deleted_role_is_missing_whole() -> None:
    change = find_role_change(audited("delete", _about("aws-node")))
    assert change is not None
    assert change.words == f"{ALICE}: delete clusterroles/aws-node; missing: all of it"


@pytest.mark.parametrize(
    "text",
    [
        audited("patch", _about("aws-node"), requestObject={"rules": []}),
        audited("update", _about("aws-node"), responseObject={"kind": "ClusterRole", "rules": 7}),
        audited(
            "update",
            _about("aws-node"),
            responseObject={"kind": "ClusterRole", "rules": [], "aggregationRule": {}},
        ),
    ],
)
def test_what_the_event_does_not_tell_is_not_missing(text: str) -> None:
    change = find_role_change(text)
    assert change is not None
    assert change.missing is None


@pytest.mark.parametrize(
    "text",
    [
        audited("update", _about("aws-node-termination-handler")),
        audited("update", _about("aws-node", "roles")),
        audited("update", _about("aws-node") | {"apiGroup": ""}),
        audited("get", _about("aws-node")),
        "clusterroles aws-node",
        "",
    ],
)
def test_other_objects_and_events_are_none_of_it(text: str) -> None:
    assert find_role_change(text) is None
