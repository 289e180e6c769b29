"""Commands that are made to be pasted: names filled in, and nothing but names."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.model import Command
from netpolwatch.findings.remedy import filled

RUN = "kubectl -n NAMESPACE logs POD && aws eks describe-cluster --name CLUSTER # NODE NODENAME"


def run(cluster: str | None, **subject: str | int | None) -> str:
    (command,) = filled((Command("Look.", RUN),), cluster, subject)
    assert command.run is not None
    return command.run


def test_what_a_finding_knows_is_filled_in() -> None:
    assert run("prod", namespace="shop", node="ip-10-0-1-9.ec2.internal") == (
        "kubectl -n shop logs POD && aws eks describe-cluster --name prod"
        " # ip-10-0-1-9.ec2.internal NODENAME"
    )


def test_addresses_are_filled_in_and_titles_of_columns_are_not() -> None:
    command = Command("Look.", "kubectl get nodes -o custom-columns='NODE:.a' | grep -F SOURCE")
    subject = {"node": "ip-10-0-1-9", "source": "2600:1f14:aaa::5"}
    (done,) = filled((command,), None, subject)
    assert done.run == "kubectl get nodes -o custom-columns='NODE:.a' | grep -F 2600:1f14:aaa::5"


def test_a_step_without_a_command_stays_as_it_is() -> None:
    step = Command("Wait in NAMESPACE.")
    assert filled((step,), "prod", {"namespace": "shop"}) == (step,)


@pytest.mark.parametrize(
    "hostile",
    ["$(rm -rf ~)", "a;b", "a b", "a\nb", "-n", "`x`", "../x", "", "other", "x" * 300, "a'b", "ü"],
)
def test_what_is_no_name_is_not_filled_in(hostile: str) -> None:
    assert run(None, pod=hostile) == RUN


@given(st.text(max_size=30))
def test_a_value_never_becomes_more_than_one_word(value: str) -> None:
    assert len(shlex.split(run(None, pod=value), comments=True)) == len(
        shlex.split(RUN, comments=True)
    )
