"""The other implementation: reads scenarios as JSON, writes its answers as JSON.

Runs in `.venv-differential` as `python -m tests.differential.oracle`.

Its pods have no addresses and its blocks cover none of them, but this CNI's do
(docs/attribution.md): a peer that is a pod is asked for twice, as the pod and as its address.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nca.CoreDS.ConnectivityProperties import ConnectivityProperties
from nca.CoreDS.Peer import BasePeerSet, IpBlock, PeerSet
from nca.NetworkConfig.NetworkLayer import NetworkLayerName
from nca.NetworkConfig.PeerContainer import PeerContainer
from nca.NetworkConfig.PoliciesFinder import PoliciesContainer, PoliciesFinder
from nca.NetworkConfig.TopologyObjectsFinder import NamespacesFinder, PodsFinder
from nca.Resources.PolicyResources.NetworkPolicy import NetworkPolicy
from nca.Utils.NcaLogger import NcaLogger

from tests.differential.questions import PROTOCOLS, Answer, Answers, Direction, Flow, Scenario

Point = dict[str, int]
"""A connection in its space, by the names of its dimensions."""


def answers(scenario: Scenario) -> Answers:
    """Answer every flow in both directions."""
    BasePeerSet.reset()
    peers = _peers(scenario)
    try:
        policies = _policies(scenario, peers)
    except SyntaxError as error:
        return {"refused": str(error), "ingress": [], "egress": []}
    flows = [Flow(*flow) for flow in scenario["flows"]]
    ingress = _Side("ingress", scenario, peers, policies)
    egress = _Side("egress", scenario, peers, policies)
    return {
        "refused": None,
        "ingress": [ingress.answer(flow) for flow in flows],
        "egress": [egress.answer(flow) for flow in flows],
    }


def _peers(scenario: Scenario) -> PeerContainer:
    namespaces = NamespacesFinder()
    namespaces.set_namespaces({"kind": "NamespaceList", "items": scenario["namespaces"]})
    pods = PodsFinder()
    pods.namespaces_finder = namespaces
    pods.add_eps_from_yaml({"kind": "PodList", "items": scenario["pods"]})
    return PeerContainer(pods.peer_set, namespaces.namespaces, [], pods.representative_peers)


def _policies(scenario: Scenario, peers: PeerContainer) -> PoliciesContainer:
    finder = PoliciesFinder()
    finder.set_peer_container(peers)
    for policy in scenario["policies"]:
        finder.parse_yaml_code_for_policy(policy, "")
    finder.parse_policies_in_parse_queue()
    return finder.policies_container


@dataclass
class _Policy:
    name: str
    pods: PeerSet
    space: ConnectivityProperties


class _Side:
    """One direction of a cluster."""

    def __init__(
        self,
        direction: Direction,
        scenario: Scenario,
        peers: PeerContainer,
        policies: PoliciesContainer,
    ) -> None:
        self.is_ingress = direction == "ingress"
        self.pods = {pod.full_name(): pod for pod in peers.peer_set}
        self.addresses = {_name(pod): pod["status"]["podIP"] for pod in scenario["pods"]}
        self.policies = [self._policy(each) for each in policies.policies.values()]
        layer = policies.layers[NetworkLayerName.K8s_Calico]
        self.space = layer._allowed_xgress_conns(self.is_ingress, peers).all_allowed_conns

    def _policy(self, policy: NetworkPolicy) -> _Policy:
        own = policy.allowed_connections(self.is_ingress)
        return _Policy(policy.full_name(), own.captured, own.allowed_conns)

    def answer(self, flow: Flow) -> Answer | None:
        """Answer for the end whose policies decide."""
        pod = self.pods.get(flow.server if self.is_ingress else flow.client)
        if pod is None:
            return None
        points = list(self._points(flow))
        isolating = [policy for policy in self.policies if pod in policy.pods]
        return {
            "allowed": _holds(self.space, points),
            "isolating": sorted(each.name for each in isolating),
            "allowing": sorted(each.name for each in isolating if _holds(each.space, points)),
        }

    def _points(self, flow: Flow) -> Iterator[Point]:
        """Give the flow as a point, twice if its peer is a pod; ICMP lies in every port."""
        point = {"protocols": PROTOCOLS[flow.protocol]}
        if flow.port:
            point["dst_ports"] = flow.port
        peer = flow.client if self.is_ingress else flow.server
        for end in (peer, self.addresses[peer]) if peer in self.addresses else (peer,):
            client, server = (end, flow.server) if self.is_ingress else (flow.client, end)
            yield point | {"src_peers": self._index(client), "dst_peers": self._index(server)}

    def _index(self, end: str) -> int:
        peer = self.pods.get(end) or IpBlock(end)
        return int(next(iter(BasePeerSet().get_peer_interval_of(PeerSet({peer})))).start)


def _holds(space: ConnectivityProperties, points: list[Point]) -> bool:
    return any(
        all(
            point[dimension] in values
            for dimension, values in zip(space.active_dimensions, cube, strict=True)
            if dimension in point
        )
        for cube in space
        for point in points
    )


def _name(body: dict[str, Any]) -> str:
    return f"{body['metadata']['namespace']}/{body['metadata']['name']}"


def main() -> None:
    """Answer what stands on standard input."""
    NcaLogger().mute()
    with contextlib.redirect_stdout(sys.stderr):
        told = [answers(scenario) for scenario in json.load(sys.stdin)]
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
