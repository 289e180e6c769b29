"""What each form of a NetworkPolicy lets through, over the whole grid of pods and ports.

Expectations are written down from the Kubernetes documentation and docs/attribution.md; none is
computed by the evaluator.
"""

from typing import Any

import pytest

from netpolwatch.kubernetes.policy.spec import Direction
from tests.unit.kubernetes.policy.grid import Allowed, Isolated, assert_allows
from tests.unit.kubernetes.policy.making import labelled

Spec = dict[str, Any]

DIRECTIONS: tuple[Direction, ...] = ("ingress", "egress")
A = labelled(pod="a")
NOBODY = ""


def term(key: str, operator: str, *values: str) -> Spec:
    """Write a selector of one expression."""
    written: Spec = {"key": key, "operator": operator}
    return {"matchExpressions": [written | ({"values": list(values)} if values else {})]}


def pods(selector: Spec) -> Spec:
    """Write a peer of the policy's own namespace."""
    return {"podSelector": selector}


def spaces(selector: Spec) -> Spec:
    """Write a peer of whole namespaces."""
    return {"namespaceSelector": selector}


def block(cidr: str, *excluded: str) -> Spec:
    """Write a peer of addresses."""
    return {"ipBlock": {"cidr": cidr} | ({"except": list(excluded)} if excluded else {})}


BY_LABELS: list[tuple[str, list[Spec], str]] = [
    ("any pod", [pods({})], "x/*"),
    ("a pod", [pods(labelled(pod="b"))], "x/b"),
    ("no such pod", [pods(labelled(pod="q"))], NOBODY),
    ("a pod in", [pods(term("pod", "In", "b", "c"))], "x/b x/c"),
    ("a pod not in", [pods(term("pod", "NotIn", "b"))], "x/a x/c"),
    ("a pod not in, without the key", [pods(term("app", "NotIn", "b"))], "x/*"),
    ("a pod in, without the key", [pods(term("app", "In", "b"))], NOBODY),
    ("a pod with the key", [pods(term("pod", "Exists"))], "x/*"),
    ("a pod with another key", [pods(term("app", "Exists"))], NOBODY),
    ("a pod without the key", [pods(term("pod", "DoesNotExist"))], NOBODY),
    ("a pod without another key", [pods(term("app", "DoesNotExist"))], "x/*"),
    ("a label and an expression",
     [pods(labelled(pod="b") | term("pod", "NotIn", "c"))], "x/b"),
    ("a label against an expression",
     [pods(labelled(pod="b") | term("pod", "NotIn", "b"))], NOBODY),
    ("every namespace", [spaces({})], "?/*"),
    ("a namespace", [spaces(labelled(ns="y"))], "y/*"),
    ("no such namespace", [spaces(labelled(ns="q"))], NOBODY),
    ("a namespace in", [spaces(term("ns", "In", "y", "z"))], "y/* z/*"),
    ("a namespace not in", [spaces(term("ns", "NotIn", "y"))], "x/* z/*"),
    ("a namespace with the key", [spaces(term("ns", "Exists"))], "?/*"),
    ("a namespace without the key", [spaces(term("ns", "DoesNotExist"))], NOBODY),
    ("a pod of a namespace", [spaces(labelled(ns="y")) | pods(labelled(pod="b"))], "y/b"),
    ("a pod of every namespace", [spaces({}) | pods(labelled(pod="b"))], "?/b"),
    ("any pod of a namespace", [spaces(labelled(ns="y")) | pods({})], "y/*"),
    ("both by expressions",
     [spaces(term("ns", "In", "y", "z")) | pods(term("pod", "NotIn", "a"))],
     "y/b y/c z/b z/c"),
    ("a key of pods in other namespaces",
     [spaces(labelled(ns="z")) | pods(term("pod", "Exists"))], "z/*"),
    ("a pod, or a namespace", [pods(labelled(pod="b")), spaces(labelled(ns="y"))], "x/b y/*"),
]  # fmt: skip

BY_ADDRESS: list[tuple[str, list[Spec] | None, str]] = [
    ("absent", None, "*"),
    ("empty", [], "*"),
    ("everything", [block("0.0.0.0/0")], "*"),
    ("a block outside", [block("192.0.2.0/24")], "out/*"),
    ("a block outside without some", [block("192.0.2.0/24", "192.0.2.128/25")], "out/low"),
    ("one address", [block("192.0.2.200/32")], "out/high"),
    ("a block of pods", [block("10.0.1.0/24")], "y/*"),
    ("a block of pods without some", [block("10.0.1.0/24", "10.0.1.2/32", "10.0.1.3/32")], "y/a"),
    ("everything but pods", [block("0.0.0.0/0", "10.0.0.0/16")], "out/*"),
    ("a block with host bits", [block("10.0.1.9/24")], "y/*"),
    ("two blocks", [block("10.0.1.1/32"), block("192.0.2.0/25")], "y/a out/low"),
    ("what one block excludes, another allows",
     [block("10.0.0.0/16", "10.0.1.0/24"), block("10.0.1.1/32")], "x/* y/a z/*"),
    ("the other family", [block("::/0")], NOBODY),
]  # fmt: skip

PORTS: list[tuple[str, list[Spec] | None, str]] = [
    ("absent", None, "*"),
    ("empty", [], "*"),
    ("a number", [{"port": 80}], "80/TCP"),
    ("a number over UDP", [{"port": 80, "protocol": "UDP"}], "80/UDP"),
    ("a number over SCTP", [{"port": 81, "protocol": "SCTP"}], "81/SCTP"),
    ("another number", [{"port": 82}], NOBODY),
    ("nothing said", [{}], "*/TCP"),
    ("all TCP", [{"protocol": "TCP"}], "*/TCP"),
    ("all UDP", [{"protocol": "UDP"}], "*/UDP"),
    ("all SCTP", [{"protocol": "SCTP"}], "*/SCTP"),
    ("a range", [{"port": 80, "endPort": 81}], "*/TCP"),
    ("a range's end", [{"port": 70, "endPort": 80, "protocol": "UDP"}], "80/UDP"),
    ("a range's begin", [{"port": 81, "endPort": 90, "protocol": "SCTP"}], "81/SCTP"),
    ("a range of one", [{"port": 81, "endPort": 81}], "81/TCP"),
    ("a range below", [{"port": 1, "endPort": 79}], NOBODY),
    ("several", [{"port": 80}, {"port": 81, "protocol": "UDP"}], "80/TCP 81/UDP"),
    ("a number and a protocol", [{"port": 80}, {"protocol": "SCTP"}], "80/TCP */SCTP"),
]  # fmt: skip

NAMES: list[tuple[str, list[Spec], str]] = [
    ("a name", [{"port": "tcp-80"}], "80/TCP"),
    ("a name over UDP", [{"port": "udp-81", "protocol": "UDP"}], "81/UDP"),
    ("a name of another protocol", [{"port": "udp-81"}], NOBODY),
    ("a name that nobody has", [{"port": "https"}], NOBODY),
    ("names", [{"port": "tcp-80"}, {"port": "sctp-81", "protocol": "SCTP"}], "80/TCP 81/SCTP"),
]


def limited(direction: Direction, rule: Spec, peers: list[Spec] | None, selector: Spec) -> Spec:
    """Write a spec of one rule."""
    key = "from" if direction == "ingress" else "to"
    whole = rule if peers is None else {key: peers} | rule
    return {"podSelector": selector, "policyTypes": [direction.capitalize()], direction: [whole]}


def named(table: list[Any]) -> list[Any]:
    """Give rows their names as ids."""
    return [pytest.param(*row[1:], id=row[0]) for row in table]


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(("ports", "numbers"), named(PORTS))
@pytest.mark.parametrize(("peers", "who"), named([*BY_LABELS, *BY_ADDRESS]))
def test_peers_and_ports(
    peers: list[Spec] | None, who: str, ports: list[Spec] | None, numbers: str, direction: Direction
) -> None:
    spec = limited(direction, {} if ports is None else {"ports": ports}, peers, A)
    assert_allows([("x", spec)], [Isolated(direction, "x/a", [Allowed(who, numbers)])])


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(("ports", "numbers"), named(NAMES))
@pytest.mark.parametrize(("peers", "who"), named(BY_LABELS))
def test_names_of_ports(
    peers: list[Spec], who: str, ports: list[Spec], numbers: str, direction: Direction
) -> None:
    spec = limited(direction, {"ports": ports}, peers, A)
    assert_allows([("x", spec)], [Isolated(direction, "x/a", [Allowed(who, numbers)])])


@pytest.mark.parametrize(("ports", "numbers"), named(NAMES))
@pytest.mark.parametrize(("peers", "who"), named(BY_ADDRESS))
def test_names_of_ports_and_addresses(
    peers: list[Spec] | None, who: str, ports: list[Spec], numbers: str
) -> None:
    into = limited("ingress", {"ports": ports}, peers, A)
    out = limited("egress", {"ports": ports}, peers, A)
    assert_allows([("x", into)], [Isolated("ingress", "x/a", [Allowed(who, numbers)])])
    assert_allows([("x", out)], [Isolated("egress", "x/a")])


def test_a_name_means_what_the_pod_that_is_reached_calls_so() -> None:
    out = limited("egress", {"ports": [{"port": "web"}]}, [pods({})], A)
    into = limited("ingress", {"ports": [{"port": "web"}]}, [spaces({})], {})
    assert_allows([("x", out)], [Isolated("egress", "x/a", [Allowed("x/b x/c", "81/TCP")])])
    assert_allows(
        [("x", into)],
        [Isolated("ingress", "x/a", [Allowed("?/*", "80/TCP")]),
         Isolated("ingress", "x/b x/c", [Allowed("?/*", "81/TCP")])],
    )  # fmt: skip


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(
    ("namespace", "selector", "selected"),
    [
        ("x", {}, "x/*"),
        ("y", {}, "y/*"),
        ("x", {"matchLabels": {}, "matchExpressions": []}, "x/*"),
        ("x", labelled(pod="b"), "x/b"),
        ("x", labelled(pod="b", app="b"), NOBODY),
        ("x", labelled(ns="x"), NOBODY),
        ("z", term("pod", "In", "a", "c"), "z/a z/c"),
        ("x", term("pod", "NotIn", "a"), "x/b x/c"),
        ("x", term("pod", "Exists"), "x/*"),
        ("x", term("pod", "DoesNotExist"), NOBODY),
        ("x", term("app", "DoesNotExist"), "x/*"),
        ("x", labelled(pod="a") | term("pod", "In", "a", "b"), "x/a"),
    ],
)
def test_whom_a_policy_selects(
    namespace: str, selector: Spec, selected: str, direction: Direction
) -> None:
    spec = {"podSelector": selector, "policyTypes": [direction.capitalize()]}
    assert_allows([(namespace, spec)], [Isolated(direction, selected)])


B = [pods(labelled(pod="b"))]
IN_B, OUT_B = [{"from": B}], [{"to": B}]
ONLY_B, ALL = [Allowed("x/b")], [Allowed("*")]


@pytest.mark.parametrize(
    ("spec", "ingress", "egress"),
    [
        ({}, [], None),
        ({"ingress": []}, [], None),
        ({"ingress": [{}]}, ALL, None),
        ({"ingress": IN_B}, ONLY_B, None),
        ({"egress": []}, [], None),
        ({"egress": [{}]}, [], ALL),
        ({"egress": OUT_B}, [], ONLY_B),
        ({"ingress": IN_B, "egress": OUT_B}, ONLY_B, ONLY_B),
        ({"policyTypes": []}, [], None),
        ({"policyTypes": [], "egress": OUT_B}, [], ONLY_B),
        ({"policyTypes": ["Ingress"]}, [], None),
        ({"policyTypes": ["Ingress"], "ingress": IN_B}, ONLY_B, None),
        ({"policyTypes": ["Ingress"], "egress": OUT_B}, [], None),
        ({"policyTypes": ["Egress"]}, None, []),
        ({"policyTypes": ["Egress"], "egress": []}, None, []),
        ({"policyTypes": ["Egress"], "egress": [{}]}, None, ALL),
        ({"policyTypes": ["Egress"], "egress": OUT_B}, None, ONLY_B),
        ({"policyTypes": ["Egress"], "ingress": IN_B}, None, []),
        ({"policyTypes": ["Ingress", "Egress"]}, [], []),
        ({"policyTypes": ["Ingress", "Egress"], "ingress": IN_B}, ONLY_B, []),
        ({"policyTypes": ["Ingress", "Egress"], "egress": OUT_B}, [], ONLY_B),
        ({"policyTypes": ["Egress", "Ingress"], "ingress": [{}], "egress": OUT_B}, ALL, ONLY_B),
    ],
)
def test_which_directions_are_isolated(
    spec: Spec, ingress: list[Allowed] | None, egress: list[Allowed] | None
) -> None:
    limits = [] if ingress is None else [Isolated("ingress", "x/a", ingress)]
    limits += [] if egress is None else [Isolated("egress", "x/a", egress)]
    assert_allows([("x", {"podSelector": A} | spec)], limits)


DENY = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
TCP_80, UDP_81 = {"ports": [{"port": 80}]}, {"ports": [{"port": 81, "protocol": "UDP"}]}
FROM_B = limited("ingress", TCP_80, B, A)
FROM_Y = limited("ingress", UDP_81, [spaces(labelled(ns="y"))], A)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("policies", "limits"),
    [
        ([], []),
        ([("x", DENY), ("x", FROM_B)],
         [Isolated("ingress", "x/*"), Isolated("egress", "x/*"),
          Isolated("ingress", "x/a", [Allowed("x/b", "80/TCP")])]),
        ([("x", FROM_B), ("x", FROM_Y)],
         [Isolated("ingress", "x/a", [Allowed("x/b", "80/TCP"), Allowed("y/*", "81/UDP")])]),
        ([("x", FROM_B), ("x", FROM_B)], [Isolated("ingress", "x/a", [Allowed("x/b", "80/TCP")])]),
        ([("x", FROM_B), ("x", limited("ingress", {}, None, {}))],
         [Isolated("ingress", "x/*", [Allowed("*")])]),
        ([("x", FROM_B), ("x", limited("egress", TCP_80, [spaces({})], {}))],
         [Isolated("ingress", "x/a", [Allowed("x/b", "80/TCP")]),
          Isolated("egress", "x/*", [Allowed("?/*", "80/TCP")])]),
        ([("x", FROM_B), ("y", FROM_B)],
         [Isolated("ingress", "x/a", [Allowed("x/b", "80/TCP")]),
          Isolated("ingress", "y/a", [Allowed("y/b", "80/TCP")])]),
        ([("x", limited("egress", {}, [spaces(labelled(ns="y"))], {})), ("y", DENY)],
         [Isolated("egress", "x/*", [Allowed("y/*")]),
          Isolated("ingress", "y/*"), Isolated("egress", "y/*")]),
        ([("x", {"podSelector": A, "ingress": [{"from": B} | TCP_80, UDP_81]})],
         [Isolated("ingress", "x/a", [Allowed("x/b", "80/TCP"), Allowed("*", "81/UDP")])]),
    ],
    ids=["none", "a denial and an exception", "two exceptions", "the same twice", "to everybody",
         "both directions", "two namespaces", "both ends must agree", "two rules"],
)  # fmt: skip
def test_policies_add_up(
    policies: list[tuple[str, Spec]], limits: list[Isolated], *, backwards: bool
) -> None:
    assert_allows(reversed(policies) if backwards else policies, limits)
