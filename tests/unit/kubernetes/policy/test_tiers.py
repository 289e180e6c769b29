"""The tiers of the cluster's own policies around those of a namespace."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.kubernetes.policy.cluster import ClusterPolicy, decode_cluster_policy
from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.evaluate import Connection, evaluate
from netpolwatch.kubernetes.policy.spec import Direction, NetworkPolicy, NotAPolicyError
from netpolwatch.kubernetes.policy.tiers import decide_by_tiers, sure_rule
from tests.unit.kubernetes.policy.making import Y, egress, ingress, labelled, pod

CLIENT, SERVER = pod("client", address="10.0.0.1"), pod("server", Y, "10.0.0.2")
OUTSIDE = End("external", "93.184.216.34")
EVERYBODY: dict[str, Any] = {"namespaces": {}}
OPEN, CLOSED = ingress({}), ingress()


def cluster(
    tier: str, *rules: tuple[str, dict[str, Any]], priority: int = 10, name: str = "c",
    subject: dict[str, Any] = EVERYBODY, direction: str = "ingress", **more: object,
) -> ClusterPolicy:  # fmt: skip
    """Give a policy of the cluster from its rules' actions and peers."""
    word = "from" if direction == "ingress" else "to"
    written = [{"action": action, word: [peer], **more} for action, peer in rules]
    body = {
        "metadata": {"name": name},
        "spec": {"tier": tier, "priority": priority, "subject": subject, direction: written},
    }
    return decode_cluster_policy(json.dumps(body).encode())


def allowed(
    policies: list[NetworkPolicy], *clusters: ClusterPolicy,
    client: End = CLIENT, server: End = SERVER, port: int = 80, direction: Direction = "ingress",
) -> bool | None:  # fmt: skip
    connection = Connection(client, server, "TCP", port)
    decision = evaluate(connection, policies, direction)
    return decide_by_tiers(decision, clusters, connection, direction).allowed


DENY, ACCEPT, PASS = (("Deny", EVERYBODY), ("Accept", EVERYBODY), ("Pass", EVERYBODY))
NOBODY = ("Deny", {"namespaces": labelled(ns="z")})


@pytest.mark.parametrize(
    ("clusters", "by_namespace"),
    [
        # what comes of it where no NetworkPolicy isolates, where one allows, where one denies
        ([], (True, True, False)),
        ([cluster("Admin", DENY)], (False, False, False)),
        ([cluster("Admin", ACCEPT)], (True, True, True)),
        ([cluster("Admin", PASS)], (True, True, False)),
        ([cluster("Admin", NOBODY)], (True, True, False)),
        ([cluster("Admin", PASS, DENY)], (True, True, False)),
        ([cluster("Admin", NOBODY, DENY)], (False, False, False)),
        ([cluster("Baseline", DENY)], (False, True, False)),
        ([cluster("Baseline", ACCEPT)], (True, True, False)),
        ([cluster("Baseline", PASS)], (True, True, False)),
        ([cluster("Admin", PASS), cluster("Baseline", DENY)], (False, True, False)),
        ([cluster("Admin", ACCEPT), cluster("Baseline", DENY)], (True, True, True)),
        ([cluster("Admin", DENY, priority=20), cluster("Admin", ACCEPT, priority=10)],
         (True, True, True)),
        ([cluster("Admin", DENY, priority=20), cluster("Admin", PASS, priority=10)],
         (True, True, False)),
        ([cluster("Admin", DENY, priority=20), cluster("Admin", NOBODY, priority=10)],
         (False, False, False)),
        # the API leaves open which of two with one priority comes first
        ([cluster("Admin", DENY, name="a"), cluster("Admin", ACCEPT, name="b")],
         (None, None, None)),
        ([cluster("Admin", DENY, name="a"), cluster("Admin", PASS, name="b")],
         (None, None, False)),
        ([cluster("Admin", DENY, name="a"), cluster("Admin", DENY, name="b")],
         (False, False, False)),
    ],
)  # fmt: skip
def test_a_tier_goes_before_the_next_one(
    clusters: list[ClusterPolicy], by_namespace: tuple[bool | None, ...]
) -> None:
    found = [allowed(policies, *clusters) for policies in ([], [OPEN], [CLOSED])]
    # OPEN and CLOSED are of namespace x, and of the server's where the client asks itself
    assert found[0] == by_namespace[0]
    for policies, expected in zip(([OPEN], [CLOSED]), by_namespace[1:], strict=True):
        assert allowed(policies, *clusters, server=pod("server")) == expected


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        (EVERYBODY, False),
        ({"namespaces": labelled(ns="y")}, False),
        ({"namespaces": labelled(ns="x")}, True),
        ({"pods": {"namespaceSelector": {}, "podSelector": labelled(pod="server")}}, False),
        ({"pods": {"namespaceSelector": {}, "podSelector": labelled(pod="client")}}, True),
    ],
)
def test_a_policy_is_for_its_subject(subject: dict[str, Any], answer: bool) -> None:
    assert allowed([], cluster("Admin", DENY, subject=subject)) is answer


@pytest.mark.parametrize(
    ("peer", "server", "answer"),
    [
        ({"networks": ["93.184.216.0/24"]}, OUTSIDE, False),
        ({"networks": ["10.0.0.0/8"]}, OUTSIDE, True),
        ({"networks": ["10.0.0.0/8"]}, SERVER, False),
        ({"namespaces": {}}, OUTSIDE, True),
        ({"pods": {"namespaceSelector": labelled(ns="y"), "podSelector": {}}}, SERVER, False),
        ({"pods": {"namespaceSelector": {}, "podSelector": labelled(pod="x")}}, SERVER, True),
        ({"namespaces": {}}, End("node", "10.0.0.9"), True),
        ({"namespaces": {}}, End("unknown", "10.0.0.9"), None),
        ({}, SERVER, None),
        ({"later": "a peer of a later API"}, SERVER, None),
    ],
)
def test_a_peer_is_what_the_rule_names(
    peer: dict[str, Any], server: End, answer: bool | None
) -> None:
    rule = cluster("Admin", ("Deny", peer), direction="egress")
    assert allowed([], rule, server=server, direction="egress") is answer


@pytest.mark.parametrize("server", [OUTSIDE, End("unknown", "10.9.9.9")])
def test_which_addresses_a_name_had_is_not_known(server: End) -> None:
    named = cluster("Admin", ("Accept", {"domainNames": ["*.example.com"]}), direction="egress")
    denied = cluster("Admin", ("Deny", {"networks": ["0.0.0.0/0"]}), direction="egress",
                     priority=20, name="d")  # fmt: skip
    assert allowed([], named, denied, server=server, direction="egress") is None
    assert allowed([], named, server=server, direction="egress") is True
    assert allowed([egress()], named, server=server, direction="egress") is None
    assert allowed([], named, denied, server=SERVER, direction="egress") is False


@pytest.mark.parametrize(
    ("ports", "answer"),
    [
        ([{"portNumber": {"protocol": "TCP", "port": 80}}], False),
        ([{"portNumber": {"port": 80}}], False),
        ([{"portNumber": {"protocol": "UDP", "port": 80}}], True),
        ([{"portNumber": {"port": 81}}], True),
        ([{"portRange": {"start": 79, "end": 81}}], False),
        ([{"portRange": {"start": 81, "end": 90}}], True),
        ([{"namedPort": "http"}], False),
        ([{"namedPort": "dns"}], True),
    ],
)
def test_a_port_is_a_number_a_range_or_a_name(ports: list[Any], answer: bool) -> None:
    assert allowed([], cluster("Admin", DENY, ports=ports)) is answer


def test_who_decides_is_named() -> None:
    # given
    rules = [cluster("Admin", DENY, name="guard", more=1)]
    connection = Connection(CLIENT, SERVER, "TCP", 80)
    decision = evaluate(connection, [], "ingress")
    # when
    found = decide_by_tiers(decision, rules, connection, "ingress")
    rule = sure_rule(decision, rules, connection, "ingress")
    # then
    assert (found.isolating, found.allowing) == (("ClusterNetworkPolicy/guard",), ())
    assert str(rule) == "ClusterNetworkPolicy/guard (tier Admin, priority 10): Deny"


def test_only_pods_have_policies() -> None:
    assert allowed([], cluster("Admin", DENY), server=OUTSIDE) is True


@pytest.mark.parametrize(
    "spec",
    [
        {"tier": "Admin", "priority": 1, "subject": {}},
        {"tier": "Later", "priority": 1, "subject": EVERYBODY},
        {"tier": "Admin", "priority": 1, "subject": EVERYBODY,
         "ingress": [{"action": "Log", "from": [EVERYBODY]}]},
        {"tier": "Admin", "priority": 1, "subject": EVERYBODY,
         "ingress": [{"action": "Deny", "from": [EVERYBODY], "ports": [{"later": 1}]}]},
        {"tier": "Admin", "priority": "1", "subject": EVERYBODY},
        None,
    ],
)  # fmt: skip
def test_what_a_later_api_says_is_not_guessed(spec: Any) -> None:  # noqa: ANN401
    with pytest.raises(NotAPolicyError):
        decode_cluster_policy(json.dumps({"metadata": {"name": "c"}, "spec": spec}).encode())


_ACTIONS = st.sampled_from(["Accept", "Deny", "Pass"])
_PEERS = st.sampled_from(
    [EVERYBODY, {"namespaces": labelled(ns="x")}, {"namespaces": labelled(ns="z")}]
)
_RULES = st.lists(st.tuples(_ACTIONS, _PEERS), max_size=3)
_TIERS = st.lists(st.tuples(st.sampled_from(["Admin", "Baseline"]), _RULES), max_size=4)


def plain(tiers: list[tuple[str, list[tuple[str, Any]]]], inner: bool | None) -> bool:
    """Decide as the documentation says it, for a client of namespace x; `inner`: if isolated."""
    for tier in ("Admin", "NetworkPolicy", "Baseline"):
        if tier == "NetworkPolicy" and inner is not None:
            return inner
        rules = [rule for own, rules in tiers if own == tier for rule in rules]
        covering = (action for action, peer in rules if peer != {"namespaces": labelled(ns="z")})
        action = next(covering, "Pass")
        if action != "Pass":
            return action == "Accept"
    return True


@given(tiers=_TIERS, policies=st.sampled_from([([], None), ([OPEN], True), ([CLOSED], False)]))
def test_what_is_known_is_decided_as_the_documentation_says(
    tiers: list[tuple[str, list[tuple[str, Any]]]],
    policies: tuple[list[NetworkPolicy], bool | None],
) -> None:
    clusters = [
        cluster(tier, *rules, priority=at, name=f"c{at}") for at, (tier, rules) in enumerate(tiers)
    ]
    assert allowed(policies[0], *clusters, server=pod("server")) == plain(tiers, policies[1])
