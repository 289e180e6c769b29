"""Which ports of a Service's address a rule about its pods opens, and what a name means to others.

After amazon-network-policy-controller-k8s, `pkg/resolvers/endpoints.go`.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from netpolwatch.kubernetes.policy.ends import End, ListenPort, NamedPort
from netpolwatch.kubernetes.policy.labels import Selector
from tests.unit.kubernetes.policy.making import X, asks, egress, ingress, labelled, pod

BEHIND = {"app": "api"}
HTTP_8080 = {("http", "TCP"): {8080}}


class Names:
    """Pods of one kind, and what they call their ports."""

    def __init__(
        self,
        called: Mapping[tuple[str, str], set[int]],
        labels: Mapping[str, str] = BEHIND,
        *,
        whole: bool = True,
    ) -> None:
        self._called, self._labels, self._whole = called, labels, whole

    def calls(
        self, namespace: str, selector: Selector, name: str, protocol: str, port: int
    ) -> bool | None:
        found = port in self.numbers(namespace, selector, name, protocol)
        return found if found or self._whole else None

    def numbers(
        self, namespace: str, selector: Selector, name: str, protocol: str
    ) -> frozenset[int]:
        ours = namespace == X and selector.matches(self._labels)
        return frozenset(self._called.get((name, protocol), set()) if ours else ())


def service(*listens: tuple[int, int | str], names: Names | None = None) -> End:
    ports = tuple(ListenPort(port, "TCP", target) for port, target in listens)
    return End("service", "172.20.5.5", X, BEHIND, {"ns": X}, listens=ports, names=names)


def opens(asked: int, server: End, *ports: dict[str, Any]) -> bool | None:
    """Ask whether a rule about the Service's pods opens a port of its address."""
    rule = {"to": [{"podSelector": labelled(app="api")}], "ports": list(ports)}
    return asks(pod("client"), server, [egress(rule)], "egress", port=asked).allowed


MAPPED = service((80, 8080))
NAMED = service((80, "http"), names=Names(HTTP_8080))


@pytest.mark.parametrize(
    ("server", "port", "asked", "allowed"),
    [
        (MAPPED, {"port": 8080}, 80, True),
        (MAPPED, {"port": 80}, 80, False),
        (MAPPED, {"port": 8080}, 8080, False),
        (MAPPED, {"protocol": "TCP"}, 80, True),
        (MAPPED, {"protocol": "UDP"}, 80, False),
        (MAPPED, {"port": 8080, "protocol": "UDP"}, 80, False),
        (service((8080, 8080)), {"port": 8080}, 8080, True),
        # Of several that lead to the same port, the first is opened.
        (service((80, 8080), (8000, 8080)), {"port": 8080}, 80, True),
        (service((80, 8080), (8000, 8080)), {"port": 8080}, 8000, False),
        # A range begins at the Service's port, and only its first port is looked for.
        (MAPPED, {"port": 8080, "endPort": 8090}, 80, True),
        (MAPPED, {"port": 8080, "endPort": 8090}, 443, True),
        (MAPPED, {"port": 8080, "endPort": 8090}, 8091, False),
        (MAPPED, {"port": 8000, "endPort": 8090}, 80, False),
        (service((9000, 8080)), {"port": 8080, "endPort": 8090}, 9000, True),
        (service((9000, 8080)), {"port": 8080, "endPort": 8090}, 8085, False),
    ],
)
def test_a_rules_port_is_the_pods(
    server: End, port: dict[str, Any], asked: int, *, allowed: bool
) -> None:
    assert opens(asked, server, port) is allowed


@pytest.mark.parametrize(
    ("server", "port", "asked", "allowed"),
    [
        (NAMED, {"port": "http"}, 80, True),
        (NAMED, {"port": "http"}, 8080, False),
        (NAMED, {"port": "https"}, 80, False),
        (NAMED, {"port": 8080}, 80, True),
        (NAMED, {"port": 80}, 80, False),
        (service((80, 8080), names=Names(HTTP_8080)), {"port": "http"}, 80, True),
        (service((80, 8080), names=Names(HTTP_8080)), {"port": "grpc"}, 80, False),
        (service((80, 9090), names=Names(HTTP_8080)), {"port": "http"}, 80, False),
        # Pods that are not behind the Service tell nothing.
        (service((80, "http"), names=Names(HTTP_8080, {"app": "web"})), {"port": 8080}, 80, False),
        # Not every pod is known.
        (service((80, "http"), names=Names({}, whole=False)), {"port": 8080}, 80, None),
        (service((80, "http"), names=Names({}, whole=False)), {"port": 8080}, 81, False),
        (service((80, "http")), {"port": 8080}, 80, None),
        (service((80, "http")), {"port": "http"}, 80, True),
        (service((80, "http"), (90, "metrics"), names=Names(HTTP_8080, whole=False)),
         {"port": 8080}, 80, True),
        (service((80, "http"), (90, "metrics"), names=Names(HTTP_8080, whole=False)),
         {"port": 8080}, 90, False),
    ],
)  # fmt: skip
def test_a_name_between_the_two_is_looked_up_in_the_pods_behind(
    server: End, port: dict[str, Any], asked: int, *, allowed: bool | None
) -> None:
    assert opens(asked, server, port) is allowed


def test_which_of_two_names_decides_is_not_known_where_pods_differ() -> None:
    # given pods that call 8080 `http`, and others that call it `admin`
    differ = Names({("http", "TCP"): {8080}, ("admin", "TCP"): {8080}})
    server = service((80, "http"), (81, "admin"), names=differ)
    assert opens(80, server, {"port": 8080}) is None
    assert opens(81, server, {"port": 8080}) is None
    assert opens(82, server, {"port": 8080}) is False


def test_controllers_differ_where_a_name_leads_to_a_port_that_the_rule_does_not_allow() -> None:
    # given two versions of the pods behind one Service
    both = service((80, "http"), names=Names({("http", "TCP"): {8080, 9999}}))
    assert opens(80, both, {"port": 8080}) is None
    assert opens(80, both, {"port": 8080}, {"port": 9999}) is True
    assert opens(80, both, {"port": 8080}, {"port": 9000, "endPort": 10_000}) is True
    assert opens(80, both, {"port": "http"}) is True


def test_a_service_whose_body_was_never_seen_leaves_it_open() -> None:
    unseen = End("service", "172.20.5.5", X, None, {"ns": X})
    rule = {"to": [{"podSelector": {}}], "ports": [{"port": 8080}]}
    assert asks(pod("client"), unseen, [egress(rule)], "egress", port=8080).allowed is None


def test_to_a_block_the_port_is_the_services_own() -> None:
    rule = {"to": [{"ipBlock": {"cidr": "172.20.0.0/16"}}], "ports": [{"port": 80}]}
    assert asks(pod("client"), MAPPED, [egress(rule)], "egress", port=80).allowed is True
    assert asks(pod("client"), MAPPED, [egress(rule)], "egress", port=8080).allowed is False


def test_the_nearest_miss_tells_where_the_services_port_leads() -> None:
    rule = {"to": [{"podSelector": labelled(app="api")}], "ports": [{"port": 80}]}
    miss = asks(pod("client"), MAPPED, [egress(rule)], "egress", port=80).nearest_miss
    assert miss is not None
    assert miss.why == (
        "allows TCP 80 to pods app=api of x; this was TCP 80 of the Service, which leads to 8080"
        " of its pods"
    )


@pytest.mark.parametrize(("port", "allowed"), [(8080, True), (9090, True), (9091, False)])
def test_into_a_pod_a_name_opens_what_any_selected_pod_calls_so(
    port: int, *, allowed: bool
) -> None:
    # given a pod that calls 8080 `http`, and another of the policy's that calls 9090 so
    own = (NamedPort("http", 8080, "TCP"),)
    server = End("pod", "10.0.0.9", X, BEHIND, {"ns": X}, own, (), Names({("http", "TCP"): {9090}}))
    given = ingress({"ports": [{"port": "http"}]}, pods=labelled(app="api"))
    assert asks(pod("client"), server, [given], port=port).allowed is allowed


def test_out_to_a_pod_only_its_own_names_count() -> None:
    server = End("pod", "10.0.0.9", X, BEHIND, {"ns": X}, (), (), Names(HTTP_8080))
    rule = {"to": [{"podSelector": {}}], "ports": [{"port": "http"}]}
    assert asks(pod("client"), server, [egress(rule)], "egress", port=8080).allowed is False
