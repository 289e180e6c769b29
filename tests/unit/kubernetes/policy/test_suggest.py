"""The smallest change that allows a denied connection: right, and no wider than it must be."""

import json
import re
from itertools import product
from random import Random
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netpolwatch.kubernetes.policy.ends import End, EndKind, ListenPort
from netpolwatch.kubernetes.policy.evaluate import Connection, evaluate
from netpolwatch.kubernetes.policy.lasting import lasting
from netpolwatch.kubernetes.policy.matching import peer_covers
from netpolwatch.kubernetes.policy.naming import policy_name
from netpolwatch.kubernetes.policy.spec import (
    Direction,
    NetworkPolicy,
    decode_network_policy,
)
from netpolwatch.kubernetes.policy.suggest import NoSuggestion, Suggestion, Wanted, suggest
from netpolwatch.kubernetes.policy.writing import policy_body
from tests.differential.both import pods
from tests.differential.scenarios import NUMBERS, OUTSIDE, scenario
from tests.unit.kubernetes.policy.making import X, Y, egress, ingress, labelled, pod, policy

DIRECTIONS: tuple[Direction, Direction] = ("ingress", "egress")
DNS_1123 = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
HASHES = ("pod-template-hash", "controller-revision-hash")
CLIENT, WEB = pod("client", X, "10.0.0.1"), pod("web", X, "10.0.0.2")
ABROAD = pod("client", Y, "10.0.1.1")
OUTSIDER = End("external", "192.0.2.7")
KUBERNETES = End("service", "172.20.0.1", "default", None, {})
LISTENS = tuple(
    ListenPort(port, protocol, port + at % 2 * 1000)
    for protocol in ("TCP", "UDP")
    for at, port in enumerate(NUMBERS)
)
PAYMENTS = End("service", "172.20.0.10", Y, {"pod": "payments"}, {"ns": Y}, listens=LISTENS)
ON_WEB = labelled(pod="web")


def suggested(
    client: End, server: End, policies: list[NetworkPolicy], direction: Direction = "ingress",
    protocol: str = "TCP", port: int = 80,
) -> Suggestion | NoSuggestion:  # fmt: skip
    connection = Connection(client, server, protocol, port)
    wanted = Wanted(connection, direction, "client", "web")
    return suggest(wanted, policies, [each.name for each in policies])


def body(found: Suggestion | NoSuggestion) -> dict[str, Any]:
    assert isinstance(found, Suggestion), found
    return policy_body(found.policy)


def test_a_port_is_added_to_the_rule_whose_peer_fits() -> None:
    given_policy = ingress(
        {"from": [{"podSelector": labelled(pod="client")}], "ports": [{"port": 8080}]}, pods=ON_WEB
    )
    found = suggested(CLIENT, WEB, [given_policy])
    assert body(found)["spec"]["ingress"] == [
        {"from": [{"podSelector": labelled(pod="client")}],
         "ports": [{"port": 8080}, {"protocol": "TCP", "port": 80}]},
    ]  # fmt: skip
    assert body(found)["metadata"] == {"name": "p", "namespace": X}


def test_a_peer_is_added_to_the_rule_whose_ports_fit() -> None:
    admin = {"podSelector": labelled(pod="admin")}
    given_policy = ingress({"from": [admin], "ports": [{"port": 80}]}, pods=ON_WEB)
    name = {"kubernetes.io/metadata.name": Y}
    assert body(suggested(ABROAD, WEB, [given_policy]))["spec"]["ingress"] == [
        {"from": [admin, {"namespaceSelector": {"matchLabels": name},
                          "podSelector": labelled(pod="client")}],
         "ports": [{"port": 80}]},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rule",
    [
        {"from": [{"podSelector": labelled(pod="admin")}], "ports": [{"port": 80}, {"port": 81}]},
        {"from": [{"podSelector": labelled(pod="admin")}]},
        {"from": [{"podSelector": labelled(pod="client")}, {"podSelector": labelled(pod="admin")}],
         "ports": [{"port": 81}]},
        {"from": [{"podSelector": {}}], "ports": [{"port": 81}]},
        {"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 81}]},
        {"ports": [{"port": 81}]},
        {"ports": [{"port": 80, "protocol": "UDP"}]},
    ],
    ids=["two ports", "all ports", "two peers", "any pod", "a block", "everybody", "UDP"],
)  # fmt: skip
def test_where_a_change_would_open_more_a_policy_of_its_own_is_suggested(
    rule: dict[str, Any],
) -> None:
    found = suggested(CLIENT, WEB, [ingress(rule, pods=ON_WEB)])
    assert body(found) == {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "allow-client-to-web-80", "namespace": X},
        "spec": {
            "podSelector": ON_WEB,
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": labelled(pod="client")}],
                         "ports": [{"protocol": "TCP", "port": 80}]}],
        },
    }  # fmt: skip


@pytest.mark.parametrize("broad", [
    {}, labelled(tier="be"), {"matchExpressions": [{"key": "pod", "operator": "Exists"}]},
    {"matchExpressions": [{"key": "pod", "operator": "In", "values": ["web", "admin"]}]},
])  # fmt: skip
def test_a_policy_that_selects_other_pods_too_is_not_changed(broad: dict[str, Any]) -> None:
    web = pod("web", X, "10.0.0.2", tier="be")
    rule = {"from": [{"podSelector": labelled(pod="client")}], "ports": [{"port": 8080}]}
    found = body(suggested(CLIENT, web, [ingress(rule, pods=broad)]))
    assert found["metadata"]["name"] == "allow-client-to-web-80"
    assert found["spec"]["podSelector"]["matchLabels"] == {"pod": "web", "tier": "be"}
    assert len(found["spec"]["ingress"]) == 1


@pytest.mark.parametrize("broad", [
    {"podSelector": labelled(tier="fe")},
    {"podSelector": {"matchExpressions": [{"key": "pod", "operator": "Exists"}]}},
    {"podSelector": labelled(pod="client", tier="fe"), "namespaceSelector": {}},
])  # fmt: skip
def test_a_rule_that_covers_other_peers_too_gets_no_port(broad: dict[str, Any]) -> None:
    client = pod("client", X, "10.0.0.1", tier="fe")
    rule = {"from": [broad], "ports": [{"port": 8080}]}
    found = body(suggested(client, WEB, [ingress(rule, pods=ON_WEB)]))
    assert found["spec"]["ingress"] == [
        {"from": [{"podSelector": labelled(pod="client", tier="fe")}],
         "ports": [{"protocol": "TCP", "port": 80}]},
    ]  # fmt: skip


def test_a_narrower_policy_and_a_narrower_peer_are_changed() -> None:
    rule = {"from": [{"podSelector": labelled(pod="client", canary="true")}],
            "ports": [{"port": 8080}]}  # fmt: skip
    client = pod("client", X, "10.0.0.1", canary="true")
    found = body(suggested(client, WEB, [ingress(rule, pods=ON_WEB)]))
    assert found["metadata"]["name"] == "p"


def test_a_policy_that_is_too_long_to_be_read_is_not_changed() -> None:
    many = [{"port": port} for port in range(1000, 1100)]
    rule = {"from": [{"podSelector": labelled(pod="client")}], "ports": many}
    found = suggested(CLIENT, WEB, [ingress(rule, pods=ON_WEB)])
    assert body(found)["metadata"]["name"] == "allow-client-to-web-80"


@pytest.mark.parametrize(
    ("address", "cidr"), [("192.0.2.7", "192.0.2.7/32"), ("2001:db8::7", "2001:db8::7/128")]
)
@pytest.mark.parametrize("kind", ["external", "node"])
def test_an_address_alone_is_a_block_of_one(kind: EndKind, address: str, cidr: str) -> None:
    found = suggested(End(kind, address), WEB, [ingress()])
    assert body(found)["spec"]["ingress"][0]["from"] == [{"ipBlock": {"cidr": cidr}}]


@pytest.mark.parametrize("target", [8080, "http"])
def test_a_service_is_named_by_its_own_selector_and_its_pods_port(target: int | str) -> None:
    service = msgspec.structs.replace(PAYMENTS, listens=(ListenPort(80, "TCP", target),))
    found = suggested(WEB, service, [egress()], "egress", "TCP", 80)
    (rule,) = body(found)["spec"]["egress"]
    assert rule["to"][0]["podSelector"] == labelled(pod="payments")
    assert rule["ports"] == [{"protocol": "TCP", "port": target}]


def test_a_service_without_a_selector_is_named_by_its_address() -> None:
    found = suggested(WEB, KUBERNETES, [egress()], "egress", "TCP", 443)
    assert body(found)["spec"]["egress"] == [
        {"to": [{"ipBlock": {"cidr": "172.20.0.1/32"}}],
         "ports": [{"protocol": "TCP", "port": 443}]},
    ]  # fmt: skip


def test_labels_of_one_pod_or_one_revision_are_not_selected_by() -> None:
    labels = {"app": "web", "pod-template-hash": "6d4c", "controller-revision-hash": "x",
              "statefulset.kubernetes.io/pod-name": "web-0", "apps.kubernetes.io/pod-index": "0",
              "batch.kubernetes.io/job-name": "web", "controller-uid": "u", "job-name": "web",
              "topology.kubernetes.io/zone": "z"}  # fmt: skip
    assert lasting(labels) == {"app": "web"}


@pytest.mark.parametrize(
    ("client", "server", "why"),
    [
        (CLIENT, msgspec.structs.replace(WEB, labels={"pod-template-hash": "6d4c"}), "no label"),
        (msgspec.structs.replace(CLIENT, labels={"job-name": "x"}), WEB, "no label"),
        (msgspec.structs.replace(CLIENT, labels={str(n): "" for n in range(17)}), WEB, "more than"),
        (msgspec.structs.replace(CLIENT, labels=None), WEB, "not known"),
        (CLIENT, msgspec.structs.replace(WEB, labels=None), "not known"),
        (End("unknown", "10.0.0.9"), WEB, "not known"),
        (End("external", None), WEB, "not known"),
        (PAYMENTS, WEB, "an answer"),
    ],
)
def test_what_cannot_be_named_is_not_suggested(client: End, server: End, why: str) -> None:
    found = suggested(client, server, [ingress()])
    assert isinstance(found, NoSuggestion)
    assert why in found.why


@pytest.mark.parametrize(("protocol", "port"), [("ICMP", 0), ("UNKNOWN", 0), ("TCP", 0)])
def test_what_no_rule_can_hold_is_not_suggested(protocol: str, port: int) -> None:
    assert isinstance(suggested(CLIENT, WEB, [ingress()], "ingress", protocol, port), NoSuggestion)


def test_a_policy_of_its_own_closes_no_pod_that_is_open() -> None:
    # given a policy that selects one revision only
    selector = {"matchLabels": {"pod-template-hash": "a"},
                "matchExpressions": [{"key": "canary", "operator": "DoesNotExist"}]}  # fmt: skip
    server = msgspec.structs.replace(WEB, labels={"pod": "web", "pod-template-hash": "a"})
    # when
    found = suggested(CLIENT, server, [ingress(pods=selector)])
    # then
    assert body(found)["spec"]["podSelector"] == {
        "matchLabels": {"pod-template-hash": "a", "pod": "web"},
        "matchExpressions": selector["matchExpressions"],
    }


@given(st.text(max_size=300), st.text(max_size=300), st.integers(1, 65_535), st.integers(0, 3))
def test_a_name_is_one_that_the_api_server_takes_and_nobody_has(
    client: str, server: str, port: int, same: int
) -> None:
    taken: set[str] = set()
    for _ in range(same + 1):
        name = policy_name(client, server, f"{port}-UDP-egress", taken)
        assert name not in taken
        assert DNS_1123.fullmatch(name)
        assert len(name) < 100
        taken.add(name)


def test_long_names_that_begin_alike_stay_apart() -> None:
    one, other = (policy_name("a" * 60 + tail, "web", "80", ()) for tail in "xy")
    assert one != other


@given(st.integers(0, 1_000_000).map(scenario))
@settings(max_examples=50, deadline=None)
def test_a_policy_is_written_as_it_was_read(cluster: dict[str, Any]) -> None:
    for each in cluster["policies"]:
        read = decode_network_policy(json.dumps(each).encode())
        again = decode_network_policy(json.dumps(policy_body(read)).encode())
        assert policy_body(again) == policy_body(read)
        assert again.directions == read.directions
        assert (again.ingress, again.egress) == (_plain(read).ingress, _plain(read).egress)


def _plain(read: NetworkPolicy) -> NetworkPolicy:
    """Give a policy as it is written: empty lists are left out."""
    return msgspec.convert(
        json.loads(msgspec.json.encode(read).replace(b'"except":[]', b'"except":null')),
        NetworkPolicy,
    )


def _ends(seed: int) -> tuple[list[End], list[NetworkPolicy]]:
    """Give a cluster's ends, with labels that do not last and Services, and its policies."""
    cluster = scenario(seed)
    known = [
        msgspec.structs.replace(
            end, labels={**(end.labels or {}), HASHES[at % 2]: "0", "job-name": f"{at}"}
        )
        for at, (_, end) in enumerate(pods(cluster))
    ]
    services = [
        msgspec.structs.replace(end, kind="service", address=f"172.20.0.{at}", ports=(),
                                labels=lasting(end.labels or {}), listens=LISTENS)
        for at, end in enumerate(known[::4])
    ]  # fmt: skip
    outside = [End("external", address) for address in OUTSIDE]
    policies = [decode_network_policy(json.dumps(each).encode()) for each in cluster["policies"]]
    return [*known, *services, *outside], policies


def _near(policies: list[NetworkPolicy], end: End) -> list[NetworkPolicy]:
    return [each for each in policies if each.namespace == end.namespace]


def _allowed(
    connection: Connection, policies: list[NetworkPolicy], direction: Direction
) -> bool | None:
    decider = connection.decider(direction)
    return evaluate(connection, _near(policies, decider), direction).allowed


@given(st.integers(0, 1_000_000), st.sampled_from(DIRECTIONS), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_a_suggestion_allows_what_was_denied_and_nothing_else(
    seed: int, direction: Direction, chance: Random
) -> None:
    # given a denied connection
    ends, policies = _ends(seed)
    connection = _denied(ends, policies, direction, chance)
    assume(connection is not None)
    assert connection is not None
    wanted = Wanted(connection, direction, "client", "server")
    policies += chance.sample(_almost(connection, direction), chance.randint(0, 1))
    near = _near(policies, connection.decider(direction))
    isolating = evaluate(connection, near, direction).isolating
    # when
    found = suggest(
        wanted,
        [each for each in near if f"{each.namespace}/{each.name}" in isolating],
        [each.name for each in near],
    )
    # then
    if isinstance(found, NoSuggestion):
        assert "no label" in found.why or "answer" in found.why
        return
    written = yaml.safe_load(yaml.safe_dump(policy_body(found.policy)))
    applied = decode_network_policy(json.dumps(written).encode())
    others = [each for each in policies if _named(each) != _named(applied)]
    assert (len(others) == len(policies)) is (found.change == "policy")
    assert _allowed(connection, [*others, applied], direction) is True
    _assert_no_wider(ends, policies, [*others, applied], found, wanted)


def _named(each: NetworkPolicy) -> tuple[str, str]:
    return each.namespace, each.name


def _denied(
    ends: list[End], policies: list[NetworkPolicy], direction: Direction, chance: Random
) -> Connection | None:
    """Give the first connection that is denied, of some that are asked for."""
    for _ in range(40):
        client, server = chance.sample(ends, 2)
        protocol, port = chance.choice(("TCP", "UDP")), chance.choice(NUMBERS)
        connection = Connection(client, server, protocol, port)
        is_decided = connection.decider(direction).kind == "pod"
        if is_decided and _allowed(connection, policies, direction) is False:
            return connection
    return None


def _almost(connection: Connection, direction: Direction) -> list[NetworkPolicy]:
    """Give policies that allow another port to the peer, or the port to another peer."""
    decider, peer = connection.decider(direction), connection.peer(direction)
    port = {"protocol": connection.protocol, "port": connection.port}
    alike = [
        {"podSelector": {"matchLabels": lasting(peer.labels or {})}, "namespaceSelector": {}}
        if peer.labels
        else {"ipBlock": {"cidr": f"{peer.address}/{128 if ':' in str(peer.address) else 32}"}}
    ]
    other = [{"podSelector": labelled(app="nobody")}]
    word = "from" if direction == "ingress" else "to"
    rules = [{word: alike, "ports": [{"port": 1}]}, {word: other, "ports": [port]}]
    return [
        policy({"podSelector": {"matchLabels": lasting(decider.labels or {})},
                "policyTypes": [direction.capitalize()], direction: [rule]},
               f"almost-{at}", decider.namespace or "")
        for at, rule in enumerate(rules)
    ]  # fmt: skip


def _assert_no_wider(
    ends: list[End], policies: list[NetworkPolicy], after: list[NetworkPolicy],
    found: Suggestion, wanted: Wanted,
) -> None:  # fmt: skip
    questions = product(ends, ends, ("TCP", "UDP", "SCTP"), NUMBERS, DIRECTIONS)
    for client, server, protocol, port, direction in questions:
        connection = Connection(client, server, protocol, port)
        decider = connection.decider(direction)
        if decider.namespace != found.policy.namespace or decider.kind != "pod":
            continue
        was, now = (_allowed(connection, each, direction) for each in (policies, after))
        if was != now:
            assert (was, now) == (False, True)
            assert direction == wanted.direction
            asked = Wanted(connection, direction, "client", "server").port
            assert asked == wanted.port
            assert found.policy.pod_selector.matches(decider.labels or {})
            assert peer_covers(found.peer, found.policy.namespace, connection.peer(direction))
