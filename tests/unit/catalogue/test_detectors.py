"""What anchors and patterns cannot say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.detectors import go_panic, resource_shortage
from netpolwatch.catalogue.panics import SOMEBODY_ELSE, find_panic

POD_ENI = {"resource": ("vpc.amazonaws.com/pod-eni",)}
NIL = "panic: runtime error: invalid memory address or nil pointer dereference"
HEAD = "\n\ngoroutine 1 [running]:\n"
AGENT_FRAME = "github.com/aws/aws-network-policy-agent/controllers.(*R).configure(0x4000)"
CNI_FRAME = "github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd.(*IPAMContext).mark(0xc000)"


@pytest.mark.parametrize(
    ("row", "pod"),
    [
        ("53s  Warning  FailedScheduling  pod/web-0  ", {"pod": "web-0"}),
        ("4m (x3 over 9m)  Warning  FailedScheduling  Pod/web-0  ", {"pod": "web-0"}),
        ("shop  53s  Warning  Failed  pod/web-0  ", {"namespace": "shop", "pod": "web-0"}),
        ("shop 4m (x3 over 9m) Warning Failed pod/web-0 ", {"namespace": "shop", "pod": "web-0"}),
    ],
)
def test_a_row_of_events_names_its_pod(row: str, pod: dict[str, str]) -> None:
    # given a row of `kubectl get events`, with and without `-A`
    verdict = "0/2 nodes are available: 2 Insufficient vpc.amazonaws.com/pod-eni."
    # when
    found = resource_shortage(row + verdict, None, POD_ENI)
    # then
    assert found == {"nodes": 2, "insufficient": 2} | pod | {"unplaced_pod": "web-0"}


def test_a_pod_that_some_node_may_have_a_place_for_is_not_without_one() -> None:
    row = "53s  Warning  FailedScheduling  pod/web-0  "
    verdict = "0/3 nodes are available: 2 Insufficient vpc.amazonaws.com/pod-eni, 1 Too many pods."
    found = resource_shortage(row + verdict, None, POD_ENI)
    assert found == {"nodes": 3, "insufficient": 2, "pod": "web-0"}


@pytest.mark.parametrize(
    ("causes", "nodes", "insufficient"),
    [
        ("5 Insufficient vpc.amazonaws.com/pod-eni.", 5, 5),
        ("5 Insufficient vpc.amazonaws.com/pod-eni", 5, 5),
        ("2 Insufficient vpc.amazonaws.com/pod-eni, 2 Insufficient cpu.", 4, 2),
        (
            (
                "2 Insufficient vpc.amazonaws.com/pod-eni. preemption: 0/4 nodes are available: "
                "4 No preemption victims found for incoming pod."
            ),
            4,
            2,
        ),
        (
            (
                "1 node(s) had taint {Type: a}, that the pod didn't tolerate, "
                "1 Insufficient vpc.amazonaws.com/pod-eni."
            ),
            2,
            1,
        ),
    ],
)
def test_a_shortage_is_found_with_its_numbers(causes: str, nodes: int, insufficient: int) -> None:
    found = resource_shortage(f"0/{nodes} nodes are available: {causes}", None, POD_ENI)
    assert found == {"nodes": nodes, "insufficient": insufficient}


@pytest.mark.parametrize(
    "text",
    [
        "0/9 nodes are available: 1 Insufficient vpc.amazonaws.com/pod-eni, 8 Insufficient cpu.",
        "0/9 nodes are available: 9 Insufficient vpc.amazonaws.com/pod-enix.",
        (
            "0/9 nodes are available: 9 Insufficient cpu. preemption: "
            "9 Insufficient vpc.amazonaws.com/pod-eni"
        ),
        "0/9 nodes are available: 0 Insufficient vpc.amazonaws.com/pod-eni",
        "Insufficient vpc.amazonaws.com/pod-eni",
        "",
    ],
)
def test_another_cause_or_none_is_no_shortage(text: str) -> None:
    assert resource_shortage(text, None, POD_ENI) is None


@given(text=st.text(alphabet=st.sampled_from(list('0/5 nodesavilb:,.{}"\\Iu')), max_size=200))
def test_arbitrary_causes_never_raise(text: str) -> None:
    resource_shortage(f"0/5 nodes are available: {text}", None, POD_ENI)


@pytest.mark.parametrize(
    ("text", "component", "owner"),
    [
        (NIL, None, None),
        (NIL, "aws-node", "aws-node"),
        (f"│ aws-node {NIL}", None, "aws-node"),
        (f"aws-node-x7k2p web {NIL}", None, "application"),
        (f"{NIL}{HEAD}{AGENT_FRAME}", None, "network-policy-agent"),
        (f"{NIL}{HEAD}{AGENT_FRAME}", "aws-node", "network-policy-agent"),
        (f"{NIL}{HEAD}{CNI_FRAME}", None, "aws-node"),
        (f"{NIL}{HEAD}main.main()\n{CNI_FRAME}", None, "aws-node"),
        (f"{NIL}{HEAD}main.main()", None, SOMEBODY_ELSE),
        (f"{NIL}{HEAD}", None, SOMEBODY_ELSE),
        (f"{NIL}{HEAD}main.main()", "application", "application"),
        (
            f"2026-06-07 UTC Logger.check error: failed to get caller\n{NIL}",
            None,
            "network-policy-agent",
        ),
        (f"not at the start: {NIL}", None, "nobody"),
        (f"http: {NIL}", "aws-node", "nobody"),
    ],
)
def test_a_panics_frames_tell_whose_it_is(
    text: str, component: str | None, owner: str | None
) -> None:
    panic = find_panic(text, component)
    assert (panic.owner if panic else "nobody") == owner


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"owners": ("aws-node",)}, False),
        ({"owners": ("aws-node",), "unstated": ("yes",)}, True),
        ({"owners": ("aws-node",), "unstated": ("yes",), "messages": ("index",)}, False),
    ],
)
def test_an_unstated_owner_counts_only_where_asked(
    options: dict[str, tuple[str, ...]], found: bool
) -> None:
    assert (go_panic(NIL, None, options) is not None) == found


@given(text=st.text(max_size=200))
def test_arbitrary_traces_never_raise(text: str) -> None:
    find_panic(f"{NIL}\n{text}", None)
