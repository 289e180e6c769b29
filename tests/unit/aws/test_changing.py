"""Changes of a plan are made as planned, and patiently."""

import pytest

from netpolwatch.aws.changing import ChangeError, make_change
from netpolwatch.doctor.plan import plan_of
from tests.unit.aws.account import Account, Refusal
from tests.unit.doctor.setups import all_off

CHANGES = plan_of(all_off()).changes
UPDATE = {"update": {"id": "u"}}


def never(_seconds: float) -> None:
    pytest.fail("nothing to wait for")


def test_each_change_is_one_call() -> None:
    account = Account(
        {"iam:PutRolePolicy": {}, "eks:UpdateAddon": UPDATE, "eks:UpdateClusterConfig": UPDATE}
    )
    for change in CHANGES:
        make_change(account.place, "prod", change, never)
    names = [name for name, _request in account.calls]
    assert names == ["iam:PutRolePolicy", "eks:UpdateAddon", "eks:UpdateClusterConfig"]
    assert account.calls[1][1]["resolveConflicts"] == "PRESERVE"


def test_a_cluster_that_is_being_changed_is_waited_for() -> None:
    # given that the first two tries meet another change
    pauses: list[float] = []
    account = Account({"eks:UpdateAddon": Refusal("ResourceInUseException")})

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            account.answer("eks:UpdateAddon", UPDATE)

    # when
    make_change(account.place, "prod", CHANGES[1], pause)
    # then
    assert len(account.calls) == 3


def test_a_cluster_that_stays_busy_is_given_up() -> None:
    account = Account({"eks:UpdateAddon": Refusal("ResourceInUseException")})
    pauses: list[float] = []
    with pytest.raises(ChangeError, match="still under way"):
        make_change(account.place, "prod", CHANGES[1], pauses.append)
    assert sum(pauses) == 600


def test_a_refused_change_is_told() -> None:
    with pytest.raises(ChangeError, match="AccessDenied"):
        make_change(Account({}).place, "prod", CHANGES[0], never)


def test_values_are_given_as_json() -> None:
    account = Account({"eks:UpdateAddon": UPDATE})
    make_change(account.place, "prod", CHANGES[1], never)
    ((_name, request),) = account.calls
    assert '"enablePolicyEventLogs": "true"' in request["configurationValues"]
