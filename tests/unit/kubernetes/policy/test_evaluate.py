"""The matrix of peers, ports, directions and selectors, after the NetworkPolicy documentation."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.spec import (
    Direction,
    NetworkPolicy,
    NotAPolicyError,
    decode_network_policy,
)
from tests.unit.kubernetes.policy.making import (
    X,
    Y,
    asks,
    egress,
    ingress,
    labelled,
    pod,
    policy,
)

A, B = pod("a", X, "10.0.0.1"), pod("b", X, "10.0.0.2")
A_OF_Y = pod("a", Y, "10.0.1.1")
OUTSIDE = End("external", "192.0.2.7")
SERVICE = End("service", "172.20.0.10", Y, {"pod": "a"}, {"ns": Y})

PEERS: list[tuple[str, dict[str, Any] | None, list[End]]] = [
    ("absent", None, [A, A_OF_Y, OUTSIDE]),
    ("any pod of the namespace", {"podSelector": {}}, [A]),
    ("a pod of the namespace", {"podSelector": labelled(pod="a")}, [A]),
    ("another pod", {"podSelector": labelled(pod="z")}, []),
    ("every namespace", {"namespaceSelector": {}}, [A, A_OF_Y]),
    ("a namespace", {"namespaceSelector": labelled(ns="y")}, [A_OF_Y]),
    ("a pod of every namespace", {"namespaceSelector": {}, "podSelector": labelled(pod="a")},
     [A, A_OF_Y]),
    ("a pod of a namespace",
     {"namespaceSelector": labelled(ns="y"), "podSelector": labelled(pod="a")}, [A_OF_Y]),
    ("a pod of the wrong namespace",
     {"namespaceSelector": labelled(ns="z"), "podSelector": labelled(pod="a")}, []),
    ("in", {"podSelector": {"matchExpressions": [
        {"key": "pod", "operator": "In", "values": ["a", "b"]}]}}, [A]),
    ("not in", {"podSelector": {"matchExpressions": [
        {"key": "pod", "operator": "NotIn", "values": ["a"]}]}}, []),
    ("not in, without the key", {"podSelector": {"matchExpressions": [
        {"key": "tier", "operator": "NotIn", "values": ["a"]}]}}, [A]),
    ("exists", {"podSelector": {"matchExpressions": [{"key": "pod", "operator": "Exists"}]}}, [A]),
    ("does not exist",
     {"podSelector": {"matchExpressions": [{"key": "pod", "operator": "DoesNotExist"}]}}, []),
    ("a block", {"ipBlock": {"cidr": "192.0.2.0/24"}}, [OUTSIDE]),
    ("a block with pods in it", {"ipBlock": {"cidr": "10.0.0.0/16"}}, [A, A_OF_Y]),
    ("a block without some", {"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.7/32"]}}, []),
    ("everything without some", {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/24"]}},
     [A_OF_Y, OUTSIDE]),
    ("the other family", {"ipBlock": {"cidr": "::/0"}}, []),
]  # fmt: skip

PORTS: list[tuple[str, list[dict[str, Any]] | None, str, int, bool]] = [
    ("absent", None, "TCP", 80, True),
    ("empty", [], "UDP", 53, True),
    ("the port", [{"port": 80}], "TCP", 80, True),
    ("TCP is the default", [{"port": 80}], "UDP", 80, False),
    ("another port", [{"port": 81}], "TCP", 80, False),
    ("one of two", [{"port": 81}, {"port": 80}], "TCP", 80, True),
    ("a protocol", [{"protocol": "UDP"}], "UDP", 4000, True),
    ("another protocol", [{"protocol": "SCTP"}], "TCP", 80, False),
    ("in a range", [{"port": 79, "endPort": 90}], "TCP", 80, True),
    ("a range's end", [{"port": 70, "endPort": 80}], "TCP", 80, True),
    ("beyond a range", [{"port": 70, "endPort": 79}], "TCP", 80, False),
    ("a name", [{"port": "http"}], "TCP", 80, True),
    ("a name of another protocol", [{"port": "dns"}], "TCP", 53, False),
    ("a name that nobody has", [{"port": "https"}], "TCP", 80, False),
    ("no ports in the protocol", [{"port": 80}], "ICMP", 0, False),
    ("a protocol without ports, and none asked", None, "ICMP", 0, True),
]


@pytest.mark.parametrize(
    ("peer", "allowed"), [(p, a) for _, p, a in PEERS], ids=[p[0] for p in PEERS]
)
@pytest.mark.parametrize("client", [A, A_OF_Y, OUTSIDE], ids=["a", "a of y", "outside"])
def test_peers_of_ingress(peer: dict[str, Any] | None, allowed: list[End], client: End) -> None:
    rule: dict[str, Any] = {} if peer is None else {"from": [peer]}
    assert asks(client, B, [ingress(rule)]).allowed is (client in allowed)


@pytest.mark.parametrize(
    ("peer", "allowed"), [(p, a) for _, p, a in PEERS], ids=[p[0] for p in PEERS]
)
@pytest.mark.parametrize("server", [A, A_OF_Y, OUTSIDE], ids=["a", "a of y", "outside"])
def test_peers_of_egress(peer: dict[str, Any] | None, allowed: list[End], server: End) -> None:
    rule: dict[str, Any] = {} if peer is None else {"to": [peer]}
    assert asks(B, server, [egress(rule)], "egress").allowed is (server in allowed)


@pytest.mark.parametrize(
    ("ports", "protocol", "port", "allowed"), [p[1:] for p in PORTS], ids=[p[0] for p in PORTS]
)
@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_ports(
    ports: list[dict[str, Any]] | None, protocol: str, port: int, direction: Direction, *,
    allowed: bool,
) -> None:  # fmt: skip
    rule: dict[str, Any] = {"from" if direction == "ingress" else "to": [{"podSelector": {}}]}
    rule |= {} if ports is None else {"ports": ports}
    given_policy = ingress(rule) if direction == "ingress" else egress(rule)
    assert asks(A, B, [given_policy], direction, protocol, port).allowed is allowed


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        ({"ports": [{"port": "http"}]}, False),
        ({"to": [{"ipBlock": {"cidr": "10.0.0.0/16"}}], "ports": [{"port": "http"}]}, False),
        ({"ports": [{"port": "http"}, {"port": 80}]}, True),
        ({"to": [{"podSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/16"}}],
          "ports": [{"port": "http"}]}, True),
    ],
    ids=["everybody", "a block", "the number, too", "a selector, too"],
)  # fmt: skip
def test_a_ports_name_means_nothing_to_addresses_of_egress(
    rule: dict[str, Any], *, allowed: bool
) -> None:
    decision = asks(A, B, [egress(rule)], "egress")
    assert decision.allowed is allowed
    if not allowed:
        assert decision.nearest_miss is not None
        assert "a port's name means nothing to addresses here" in decision.nearest_miss.why


@pytest.mark.parametrize("peers", [{}, {"from": [{"ipBlock": {"cidr": "10.0.0.0/16"}}]}])
def test_a_ports_name_is_looked_up_in_the_pod_that_ingress_reaches(peers: dict[str, Any]) -> None:
    assert asks(A, B, [ingress({**peers, "ports": [{"port": "http"}]})]).allowed is True


@pytest.mark.parametrize(
    ("spec", "ingress_open", "egress_open"),
    [
        ({"podSelector": {}}, False, True),
        ({"podSelector": {}, "ingress": []}, False, True),
        ({"podSelector": {}, "ingress": [{}]}, True, True),
        ({"podSelector": {}, "egress": []}, False, True),
        ({"podSelector": {}, "egress": [{}]}, False, True),
        ({"podSelector": {}, "policyTypes": ["Egress"]}, True, False),
        ({"podSelector": {}, "policyTypes": ["Egress"], "ingress": [{}]}, True, False),
        ({"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "egress": [{}]}, False, True),
        ({"podSelector": {}, "policyTypes": []}, False, True),
        (
            {"podSelector": {}, "policyTypes": [], "egress": [{"ports": [{"port": 1}]}]},
            False,
            False,
        ),
        ({"podSelector": labelled(pod="z")}, True, True),
    ],
)
def test_which_directions_a_policy_isolates(
    spec: dict[str, Any], *, ingress_open: bool, egress_open: bool
) -> None:
    policies = [policy(spec)]
    assert asks(A, B, policies, "ingress").allowed is ingress_open
    assert asks(B, A, policies, "egress").allowed is egress_open


def test_policies_add_up() -> None:
    deny = policy({"podSelector": {}}, "deny")
    rule = {"from": [{"podSelector": labelled(pod="a")}], "ports": [{"port": 80}]}
    allow = policy({"podSelector": labelled(pod="b"), "ingress": [rule]}, "allow")
    decision = asks(A, B, [deny, allow])
    assert (decision.allowed, decision.isolating, decision.allowing) == (
        True, ("x/deny", "x/allow"), ("x/allow",)
    )  # fmt: skip
    assert decision.nearest_miss is None


def test_a_selector_covers_a_services_address_by_its_selector() -> None:
    by_label = egress({"to": [{"namespaceSelector": {}, "podSelector": labelled(pod="a")}]})
    by_other = egress({"to": [{"namespaceSelector": {}, "podSelector": labelled(pod="z")}]})
    assert asks(B, SERVICE, [by_label], "egress").allowed is True
    assert asks(B, SERVICE, [by_other], "egress").allowed is False
    # As a source it is the address of an answer.
    assert asks(SERVICE, B, [ingress({"from": [{"namespaceSelector": {}}]})]).allowed is False


@pytest.mark.parametrize(
    ("given_policy", "client", "port", "why"),
    [
        (ingress({"from": [{"podSelector": labelled(pod="a")}], "ports": [{"port": 8080}]}),
         A, 9090,
         "allows TCP 8080 from pods pod=a of x; this was TCP 9090"),
        (ingress({"from": [{"podSelector": labelled(pod="z")}]}), A, 80,
         "allows every port from pods pod=z of x; the peer's pod is not pod=z"),
        (ingress({"from": [{"namespaceSelector": labelled(team="pay")}]}), A_OF_Y, 80,
         ("allows every port from any pod of namespaces team=pay; the peer's namespace y is not"
          " team=pay")),
        (ingress({"from": [{"podSelector": labelled(pod="a")}]}), A_OF_Y, 80,
         "allows every port from pods pod=a of x; the peer is in namespace y, not in x"),
        (ingress({"from": [{"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.0/28"]}}]}),
         OUTSIDE, 80,
         ("allows every port from 192.0.2.0/24 except 192.0.2.0/28; 192.0.2.7 is in what the block"
          " excludes")),
    ],
)  # fmt: skip
def test_the_nearest_miss_says_what_is_missing(
    given_policy: NetworkPolicy, client: End, port: int, why: str
) -> None:
    miss = asks(client, B, [given_policy], port=port).nearest_miss
    assert miss is not None
    assert miss == ("x/p", why)


def test_of_several_rules_the_one_that_lacks_least_is_nearest() -> None:
    far = {"from": [{"podSelector": labelled(pod="z")}], "ports": [{"port": 1}]}
    near = {"from": [{"podSelector": labelled(pod="a")}], "ports": [{"port": 81}]}
    miss = asks(A, B, [ingress(far, near)]).nearest_miss
    assert miss is not None
    assert miss.why == "allows TCP 81 from pods pod=a of x; this was TCP 80"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"spec":[]}', b'{"spec":{"podSelector":{"matchLabels":{"a":1}}}}', b"[" * 10_000,
     b'{"spec":{"podSelector":{"matchExpressions":[{"key":"a","operator":"Gt","values":["1"]}]}}}'],
)  # fmt: skip
def test_what_is_no_policy_is_refused(body: bytes) -> None:
    with pytest.raises(NotAPolicyError):
        decode_network_policy(body)


_selectors = st.fixed_dictionaries({}, optional={
    "matchLabels": st.dictionaries(
        st.sampled_from(["pod", "ns"]), st.sampled_from("abxy"), max_size=2),
    "matchExpressions": st.lists(st.fixed_dictionaries({
        "key": st.sampled_from(["pod", "ns"]), "operator": st.sampled_from(["In", "NotIn"]),
        "values": st.lists(st.sampled_from("abxy"), min_size=1, max_size=2)}), max_size=1),
})  # fmt: skip
_peers = st.fixed_dictionaries({}, optional={
    "podSelector": _selectors, "namespaceSelector": _selectors,
}) | st.sampled_from(["10.0.0.0/24", "0.0.0.0/0"]).map(
    lambda cidr: {"ipBlock": {"cidr": cidr}})  # fmt: skip
_ports = st.fixed_dictionaries({}, optional={
    "port": st.sampled_from([80, 81, "http"]), "protocol": st.sampled_from(["TCP", "UDP"]),
})  # fmt: skip
_specs = st.fixed_dictionaries({
    "podSelector": _selectors,
    "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
    "ingress": st.lists(st.fixed_dictionaries({}, optional={
        "from": st.lists(_peers, max_size=2), "ports": st.lists(_ports, max_size=2)}), max_size=2),
    "egress": st.lists(st.fixed_dictionaries({}, optional={
        "to": st.lists(_peers, max_size=2), "ports": st.lists(_ports, max_size=2)}), max_size=2),
})  # fmt: skip
_policies = st.lists(_specs.map(policy), max_size=4)
_ends = st.sampled_from([A, B, A_OF_Y, OUTSIDE, SERVICE])
_directions: st.SearchStrategy[Direction] = st.sampled_from(["ingress", "egress"])


@given(_policies, _specs.map(policy), _ends, _ends, _directions)
def test_another_policy_never_denies_more_to_an_isolated_pod(
    policies: list[NetworkPolicy], more: NetworkPolicy, client: End, server: End,
    direction: Direction,
) -> None:  # fmt: skip
    before = asks(client, server, policies, direction)
    after = asks(client, server, [*policies, more], direction)
    if before.isolating and before.allowed:
        assert after.allowed


@given(_policies, _ends, _ends, _directions)
def test_the_order_of_policies_means_nothing(
    policies: list[NetworkPolicy], client: End, server: End, direction: Direction
) -> None:
    forth = asks(client, server, policies, direction)
    back = asks(client, server, policies[::-1], direction)
    assert forth.allowed is back.allowed
    assert sorted(forth.allowing) == sorted(back.allowing)


@given(_policies, _specs.map(policy), _ends, _ends, _directions)
def test_a_policy_that_does_not_isolate_the_pod_changes_nothing(
    policies: list[NetworkPolicy], more: NetworkPolicy, client: End, server: End,
    direction: Direction,
) -> None:  # fmt: skip
    alone = asks(client, server, [more], direction)
    if not alone.isolating:
        before = asks(client, server, policies, direction)
        assert asks(client, server, [*policies, more], direction) == before


@given(_policies, _ends, _ends, _directions)
def test_without_policies_of_a_direction_all_is_allowed(
    policies: list[NetworkPolicy], client: End, server: End, direction: Direction
) -> None:
    others = [each for each in policies if direction not in each.directions]
    assert asks(client, server, others, direction).allowed is True


@given(_policies, _ends, _ends, _directions)
def test_with_every_fact_known_the_answer_is_known(
    policies: list[NetworkPolicy], client: End, server: End, direction: Direction
) -> None:
    assert asks(client, server, policies, direction).allowed is not None


@given(_policies, _ends, _ends, _directions, st.sampled_from(["labels", "namespace_labels"]))
def test_a_fact_that_is_missing_turns_no_answer_round(
    policies: list[NetworkPolicy], client: End, server: End, direction: Direction, missing: str
) -> None:
    known = asks(client, server, policies, direction).allowed
    less = msgspec.structs.replace(client, **{missing: None})
    assert asks(less, server, policies, direction).allowed in (known, None)


@given(_policies, _ends, _ends, _directions)
def test_a_policy_that_nobody_read_leaves_open_what_it_may_decide(
    policies: list[NetworkPolicy], client: End, server: End, direction: Direction
) -> None:
    known = asks(client, server, policies, direction)
    less = asks(client, server, policies, direction, unread=True)
    assert less.isolating == known.isolating
    assert less.allowed is (True if known.allowed and known.isolating else None)
