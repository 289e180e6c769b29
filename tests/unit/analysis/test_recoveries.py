"""How a fault ends, by lines as they are logged; times in minutes."""

import pytest

from tests.unit.analysis.logged import AUDIT, CNI, CONTROLLER, logged
from tests.unit.catalogue.auditing import audited


def asked(verb: str, code: int, user: str = CONTROLLER, resource: str = "policyendpoints") -> str:
    """Write a request of the controller or the agent, and how it was answered."""
    group = "" if resource == "pods" else "networking.k8s.aws"
    about = {"resource": resource, "apiGroup": group, "namespace": "shop"}
    decision = "forbid" if code == 403 else "allow"
    return audited(
        verb, about, user={"username": user}, responseStatus={"code": code},
        annotations={"authorization.k8s.io/decision": decision},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([asked("create", 403), asked("patch", 200)], "resolved"),
        ([asked("create", 403), asked("list", 200)], "open"),
        ([asked("list", 403, CNI), asked("list", 403, CNI), asked("watch", 200, CNI)], "resolved"),
        ([asked("list", 403, CNI), asked("list", 403, CNI), asked("watch", 200)], "ongoing"),
        ([asked("list", 403, CNI, "pods"), asked("list", 200, CNI, "pods")], "resolved"),
        ([asked("list", 403, CNI, "pods"), asked("list", 200, CNI)], "open"),
    ],
)
def test_a_right_that_was_given_back_ends_what_was_refused_for_want_of_it(
    lines: list[str], status: str
) -> None:
    found = logged(AUDIT, list(enumerate(lines)))
    assert [each.status for each in found] == [status]


def blocked(verb: str = "create", namespace: str = "shop") -> str:
    """Write a policy endpoint that a webhook refuses."""
    about = {"resource": "policyendpoints", "apiGroup": "networking.k8s.aws",
             "namespace": namespace}  # fmt: skip
    message = 'admission webhook "validate.kyverno.svc-fail" denied the request: no label'
    return audited(
        verb, about, user={"username": CONTROLLER}, responseStatus={"code": 400, "message": message}
    )


def quiet(minute: float) -> tuple[float, str]:
    """Say that the log goes on until then."""
    return (minute, audited("get", {"resource": "leases", "apiGroup": "coordination.k8s.io"}))


@pytest.mark.parametrize(
    ("lines", "severity", "status"),
    [
        ([(0, blocked())], "info", "open"),
        ([(0, blocked()), (1, blocked()), (3, blocked())], "critical", "ongoing"),
        ([(0, blocked()), (16, blocked())], "info", "ongoing"),
        # Silence is no end: the controller waits up to 17 minutes, and then may have given up.
        ([(0, blocked()), quiet(19)], "info", "open"),
        ([(0, blocked()), quiet(180)], "critical", "open"),
        ([(0, blocked()), (5, asked("create", 201)), quiet(180)], "info", "resolved"),
        ([(0, blocked()), (5, asked("delete", 200)), quiet(180)], "critical", "open"),
        ([(0, blocked()), (10, blocked()), (26, blocked())], "critical", "ongoing"),
        ([(0, blocked()), (10, asked("create", 201)), (26, blocked())], "info", "open"),
        ([(0, blocked()), (1, blocked()), (3, blocked()), (200, asked("create", 201))],
         "critical", "resolved"),
        ([(0, blocked()), (1, blocked()), (3, blocked()), (200, asked("patch", 200))],
         "critical", "ongoing"),
        ([(0, blocked("create", "data")), (5, asked("create", 201))], "info", "open"),
    ],
)  # fmt: skip
def test_refused_by_admission_until_the_same_is_accepted(
    lines: list[tuple[float, str]], severity: str, status: str
) -> None:
    found = [each for each in logged(AUDIT, lines) if each.issue.endswith("admission-denied")]
    assert [(each.severity, each.status) for each in found] == [(severity, status)]


def test_a_crd_that_is_applied_anew_is_back() -> None:
    about = {"resource": "customresourcedefinitions", "apiGroup": "apiextensions.k8s.io",
             "name": "policyendpoints.networking.k8s.aws"}  # fmt: skip
    lines = [
        audited(verb, about, user={"username": "argocd"}, responseStatus={"code": code})
        for verb, code in (("delete", 200), ("patch", 200), ("patch", 201))
    ]
    states = [
        [each.status for each in logged(AUDIT, list(enumerate(lines[:until])))]
        for until in (1, 2, 3)
    ]
    assert states == [["open"], ["open"], ["resolved"]]
