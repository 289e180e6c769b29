"""Whether a change of RBAC takes away what network policies need."""

from collections.abc import Iterator, Sequence

import pytest

from netpolwatch.catalogue.feature_roles import RoleChange, find_role_change
from netpolwatch.catalogue.required_rights import REQUIRED_RIGHTS
from netpolwatch.catalogue.rights_files import required_rights
from netpolwatch.kubernetes.rights import Required, RequiredRights
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


def _required(role: str) -> RequiredRights:
    return next(each for each in REQUIRED_RIGHTS if role.startswith(each.names))


def _rule(required: Required, verbs: Sequence[str] | None = None) -> dict[str, list[str]]:
    return {
        "apiGroups": list(required.groups),
        "resources": [required.resource],
        "verbs": list(required.verbs if verbs is None else verbs),
    }


def _whole(role: str) -> list[dict[str, list[str]]]:
    return [_rule(each) for each in _required(role).rules]


def _without(role: str, resource: str) -> list[dict[str, list[str]]]:
    return [rule for rule in _whole(role) if rule["resources"] != [resource]]


def _removals() -> Iterator[tuple[str, list[dict[str, list[str]]], str]]:
    """Yield each role without one rule, or without one verb, and what it lacks then."""
    for role in ("aws-node", CONTROLLER):
        for at, each in enumerate(_required(role).rules):
            whole = _whole(role)
            others = [*whole[:at], *whole[at + 1 :]]
            yield role, others, f"{each.resource}: {', '.join(each.verbs)}"
            for verb in each.verbs:
                left = [given for given in each.verbs if given != verb]
                yield role, [*others, _rule(each, left)], f"{each.resource}: {verb}"


REMOVALS = list(_removals())


def test_every_single_removal_of_a_right_is_found() -> None:
    assert len(REMOVALS) == 63
    for role, rules, missing in REMOVALS:
        change = _changed(role, rules)
        assert change is not None
        assert change.missing == missing


@pytest.mark.parametrize(
    ("name", "rules", "missing"),
    [
        ("aws-node", _whole("aws-node"), ""),
        (CONTROLLER, _whole(CONTROLLER), ""),
        ("amazon-network-policy-controller-k8s-role", _whole(CONTROLLER), ""),
        ("aws-node", [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}], ""),
        (
            "aws-node",
            [*_without("aws-node", "policyendpoints"), READS | {"verbs": ["get"]}],
            "policyendpoints: list, watch",
        ),
        (
            "aws-node",
            [
                *_without("aws-node", "policyendpoints"),
                READS | {"verbs": ["get"]},
                READS | {"verbs": ["list", "watch"]},
            ],
            "",
        ),
        (
            "aws-node",
            [*_without("aws-node", "policyendpoints"), READS | {"apiGroups": [""]}],
            "policyendpoints: get, list, watch",
        ),
        (
            "aws-node",
            [*_without("aws-node", "policyendpoints"), READS | {"resourceNames": ["a"]}],
            "policyendpoints: get, list, watch",
        ),
        (
            "aws-node",
            [*_whole("aws-node"), READS | {"resources": ["clusterpolicyendpoints"]}],
            "clusterpolicyendpoints/status: get",
        ),
        (
            CONTROLLER,
            [
                *_without(CONTROLLER, "policyendpoints/status"),
                READS | {"resources": ["*/status"], "verbs": ["*"]},
            ],
            "",
        ),
    ],
)
def test_the_rights_of_a_role_are_weighed(name: str, rules: object, missing: str) -> None:
    change = _changed(name, rules)
    assert change is not None
    assert (change.user, change.verb, change.missing) == (ALICE, "update", missing)


@pytest.mark.parametrize("rules", [[], None])
def test_a_role_without_rules_lacks_all(rules: object) -> None:
    change = _changed("aws-node", rules)
    assert change is not None
    assert (change.missing or "").count(";") == len(_required("aws-node").rules) - 1


def test_the_generated_module_is_what_the_files_say() -> None:
    assert required_rights() == REQUIRED_RIGHTS


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
