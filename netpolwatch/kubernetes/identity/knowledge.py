"""What is known of a cluster, in memory: facts in, in any order and repeated; answers as of a time.

Look-ups take ms since 1970 (UTC), the unit of log events; what happened within that millisecond
counts.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Final

from netpolwatch.flows.model import Change
from netpolwatch.kubernetes import bounds
from netpolwatch.kubernetes.facts import (
    AnyFact,
    Binding,
    ClusterPolicyGone,
    ClusterPolicySeen,
    CollectionDeleted,
    ControllerSeen,
    EnforcingModeSeen,
    LabelsPatched,
    NamespaceGone,
    NamespaceSeen,
    NodeGone,
    NodeSeen,
    Owner,
    PodAddress,
    PodGone,
    PodSeen,
    PodTerminating,
    PolicyGone,
    PolicySeen,
    Resource,
    ServiceGone,
    ServiceSeen,
    SnapshotTaken,
)
from netpolwatch.kubernetes.identity import entities
from netpolwatch.kubernetes.identity.activity import Activity
from netpolwatch.kubernetes.identity.changes import label_changes
from netpolwatch.kubernetes.identity.cluster_policies import ClusterPolicies
from netpolwatch.kubernetes.identity.coverage import Coverage, ask_nothing
from netpolwatch.kubernetes.identity.evidence import evidence_of
from netpolwatch.kubernetes.identity.heard import Heard, is_fresh, sure_after
from netpolwatch.kubernetes.identity.labels import labels_at
from netpolwatch.kubernetes.identity.listings import Listings
from netpolwatch.kubernetes.identity.lives import Life
from netpolwatch.kubernetes.identity.model import (
    LATEST,
    ClusterPolicyState,
    Identity,
    Labels,
    PodState,
    PoliciesInForce,
    PolicyState,
    ServiceState,
)
from netpolwatch.kubernetes.identity.modes import Modes
from netpolwatch.kubernetes.identity.objects import Namespaces, Nodes, Policies, Services
from netpolwatch.kubernetes.identity.places import Place, Places
from netpolwatch.kubernetes.identity.pods import Holder, Pods, confidence_in
from netpolwatch.kubernetes.identity.versions import Version
from netpolwatch.kubernetes.identity.workload import workload_of
from netpolwatch.kubernetes.policy.labels import Selector

MAX_PODS: Final = 40_000
"""Pods kept, gone ones included; beyond it a quarter goes, the gone first."""

_MAX_CONTROLLERS: Final = 100_000
_MILLISECOND: Final = 1000


class Knowledge:
    """Facts about one cluster; knows no clock and does no I/O.

    With a `coverage`, they are gathered from a store: an answer that rests on what was not read is
    noted there, and is none (see `gathering`).

    Examples
    --------
    >>> Knowledge().owner("10.0.0.7", 0).kind
    'unknown'
    """

    def __init__(
        self,
        places: Places | None = None,
        *,
        max_pods: int = MAX_PODS,
        coverage: Coverage | None = None,
    ) -> None:
        self._places = places or Places()
        self._gathered = coverage is not None
        self._ask = ask = ask_nothing if coverage is None else coverage.ask
        self._max_pods = max_pods
        self._pods = Pods(ask)
        self._namespaces = Namespaces(ask)
        self._services = Services(ask)
        self._nodes = Nodes(ask)
        self._listings = Listings()
        self._policies = Policies(self._listings, ask)
        self._cluster_policies = ClusterPolicies(self._listings, ask)
        self._modes = Modes(ask)
        self._controllers: dict[tuple[str, str, str], Owner] = {}
        self._heard = Heard(self._listings)
        self.activity = Activity()
        """What controllers and kubelets were heard to do."""

    @property
    def pods(self) -> int:
        """Pods known, gone ones included."""
        return len(self._pods)

    @property
    def knows_pods(self) -> bool:
        """Whether anything is known of the cluster's pods: else unknown ends mean nothing."""
        return self._gathered or bool(self._pods) or self.has_snapshot

    @property
    def has_snapshot(self) -> bool:
        """Whether a listing of all pods was given."""
        return self._listings.have("pods")

    def lists(self, resource: Resource) -> bool:
        """Tell whether a listing shows a resource."""
        return self._listings.have(resource)

    def unlisted(self) -> list[str]:
        """Name the namespaces of pods that no listing shows anything of, as it should."""
        return [
            name
            for name in self._pods.namespaces()
            if not self._listings.cover("pods", name)
            and self._namespaces.created_us(name, LATEST) is None
            and not self._namespaces.ended(name, 0, LATEST)
        ]

    def learn(self, facts: Iterable[AnyFact]) -> None:
        """Take in facts, in any order; what is known already changes nothing."""
        for fact in facts:
            self._learn(fact)
            self.activity.learn(fact)
        if len(self._pods) > self._max_pods:
            self._pods.shrink(self._max_pods - self._max_pods // 4)

    def hear(self, facts: Iterable[AnyFact]) -> None:
        """Learn from a log that tells all that happens in its time; beyond it nothing was heard.

        So it is not where facts are only learned, nor of knowledge that is gathered: that is of a
        cluster that is listened to all the time.
        """
        told = tuple(facts)
        self.learn(told)
        times = [fact.at_us for fact in told if not isinstance(fact, EnforcingModeSeen)]
        if times:
            self._heard.events(min(times), max(times))

    @property
    def has_heard(self) -> bool:
        """Whether a log told anything yet."""
        return self._heard.has_events

    @property
    def heard_until_ms(self) -> int:
        """Until when a log told what happened, in ms since 1970 (UTC); 0 where none did."""
        return self._heard.last_us // _MILLISECOND

    def unheard_us(self, at_ms: int) -> int:
        """Tell for how long before a time nothing was heard of the cluster."""
        return self._heard.gap_before(_end_of(at_ms)) if self._is_dated(at_ms) else 0

    def forget(self, before_ms: int) -> None:
        """Drop what was gone before a time (ms since 1970, UTC)."""
        before_us = before_ms * _MILLISECOND
        self._pods.forget(before_us)
        for known in (
            self._namespaces,
            self._services,
            self._nodes,
            self._policies,
            self._cluster_policies,
        ):
            known.forget(before_us)

    def owner(self, address: str | None, at_ms: int) -> Identity:
        """Tell who owned an address at a time; `None` stands for a redacted one."""
        whole = bounds.address(address or "")
        if whole is None:
            return Identity(None, "unknown", evidence="no address")
        self._ask(entities.SNAPSHOTS)
        at_us = _end_of(at_ms)
        holder = self._pods.holder(whole, at_us)
        return (
            self._node(whole, at_ms, holder)
            or self._service(whole, at_ms)
            or self._pod(whole, at_ms, holder)
            or self._nobody(whole, holder)
        )

    def pod(self, namespace: str, name: str, at_ms: int) -> PodState | None:
        """Tell a pod as of a time; `None` where it was not there, or nobody saw it."""
        at_us = _end_of(at_ms)
        life = self._pods.life((namespace, name), at_us)
        return None if life is None else self._state(namespace, name, life, at_us)

    def life(self, namespace: str, name: str, at_ms: int) -> Life | None:
        """Return all that is known of the pod that bore a name; its facts may be later."""
        return self._pods.life((namespace, name), _end_of(at_ms))

    def pods_selected(
        self, namespace: str, selector: Selector, at_ms: int
    ) -> Iterator[tuple[str, Life]]:
        """Yield the names and lives of pods that a selector covered at a time, as is known."""
        return self._pods.covered(namespace, selector, _end_of(at_ms))

    def namespace_labels(self, namespace: str, at_ms: int) -> Labels | None:
        """Tell a namespace's labels; `None` where they are not known."""
        return self._namespaces.labels(namespace, _end_of(at_ms))

    def policies(self, namespace: str, at_ms: int) -> tuple[PolicyState, ...]:
        """Tell the NetworkPolicies in force in a namespace, by name."""
        return self.policies_in_force(namespace, at_ms).states

    def policies_in_force(self, namespace: str, at_ms: int) -> PoliciesInForce:
        """Tell the same, ready to be asked which of them may select a pod."""
        return self._policies.in_force(namespace, _end_of(at_ms))

    def cluster_policies(self, at_ms: int) -> tuple[ClusterPolicyState, ...]:
        """Return the ClusterNetworkPolicies in force, by name."""
        return self._cluster_policies.in_force(_end_of(at_ms))

    def knows_all_policies(self, namespace: str, at_ms: int) -> bool:
        """Tell whether `policies` can be all there were: else an older one may be unknown.

        So it is in a namespace whose creation was seen, and wherever a snapshot was given.
        """
        if self._listings.cover("networkpolicies", namespace):
            return True
        return self._namespaces.created_us(namespace, _end_of(at_ms)) is not None

    def changes(
        self, namespace: str, pod: str | None, after_ms: int, until_ms: int
    ) -> Iterator[Change]:
        """Yield what changed for policies of a span of time: a namespace's policies and labels.

        With `pod`, its labels, too. In no order.
        """
        after_us, until_us = _end_of(after_ms), _end_of(until_ms)
        life = None if pod is None else self._pods.life((namespace, pod), until_us)
        bodies = [] if life is None else life.bodies
        yield from (
            change
            for change in chain(
                self._policies.changes(namespace),
                self._namespaces.changes(namespace),
                label_changes("pod-labels", f"{namespace}/{pod}", bodies),
            )
            if after_us < change.at_us <= until_us
        )

    def denies_unselected(self, node: str | None, at_ms: int) -> bool | None:
        """Tell whether a node denies pods that no policy selects; `None` where nobody knows."""
        return self._modes.is_strict(node, _end_of(at_ms))

    def pods_call(
        self, namespace: str, selector: Selector, name: str, protocol: str, port: int, at_ms: int
    ) -> bool | None:
        """Tell whether a pod of a namespace that a selector covers calls a port so.

        `None` where none of those that are known does, and others may be there.
        """
        found = self._pods.call(namespace, selector, name, protocol, port, _end_of(at_ms))
        return None if found is False and not self._knows_all_pods(namespace, at_ms) else found

    def pod_calling(
        self, namespace: str, selector: Selector, name: str, protocol: str, port: int, at_ms: int
    ) -> str | None:
        """Return such a pod, as `namespace/name`; `None` where none is known."""
        found = self._pods.caller(namespace, selector, name, protocol, port, _end_of(at_ms))
        return None if found is None else "/".join(found)

    def ports_called(
        self, namespace: str, selector: Selector, name: str, protocol: str, at_ms: int
    ) -> frozenset[int]:
        """Give the ports that those pods are known to call so."""
        at_us = _end_of(at_ms)
        return frozenset(
            port
            for port in self._pods.numbers(namespace, name, protocol)
            if self._pods.call(namespace, selector, name, protocol, port, at_us)
        )

    def service_at(self, address: str, at_ms: int) -> ServiceState | None:
        """Tell the Service that had an address."""
        version = self._services.holder(address, _end_of(at_ms))
        return None if version is None else self._service_state(version)

    def pods_behind(
        self, service: ServiceState, at_ms: int
    ) -> Iterator[tuple[PodState, tuple[str, ...]]]:
        """Give the pods that a Service's selector covers and their addresses, as they are known."""
        if not service.selector:
            return
        at_us = _end_of(at_ms)
        for (namespace, name), life in self._pods.labelled(
            service.namespace, service.selector, at_us
        ):
            yield self._state(namespace, name, life, at_us), life.addresses(at_us)

    def services_to(
        self, pod: PodState, port: int, protocol: str, at_ms: int
    ) -> list[ServiceState]:
        """Tell the Services that lead to a port of a pod, by its number or by its name."""
        labels = pod.labels.values if pod.labels else {}
        names = [each.name for each in pod.ports
                 if (each.port, each.protocol) == (port, protocol) and each.name]  # fmt: skip
        targets: tuple[int | str, ...] = (port, *names)
        at_us = _end_of(at_ms)
        return [
            self._service_state(version)
            for target in targets
            for version in self._services.leading_to(pod.namespace, target, protocol, at_us)
            if version.fact.selector and version.fact.selector.items() <= labels.items()
        ]

    def _is_dated(self, at_ms: int) -> bool:
        return at_ms != LATEST and not self._gathered

    def _knows_all_pods(self, namespace: str, at_ms: int) -> bool:
        """Whether no pod of a namespace can be unknown: as with its policies."""
        return self.has_snapshot or (
            self._namespaces.created_us(namespace, _end_of(at_ms)) is not None
        )

    def _learn(self, fact: AnyFact) -> None:  # noqa: C901  # a case a kind
        match fact:
            case PodSeen() | PodAddress() | PodTerminating() | PodGone() | Binding():
                self._pods.learn(fact)
            case LabelsPatched():
                (self._pods if fact.resource == "pods" else self._namespaces).learn(fact)
            case NamespaceSeen() | NamespaceGone():
                self._namespaces.learn(fact)
            case ServiceSeen() | ServiceGone():
                self._services.learn(fact)
            case NodeSeen() | NodeGone():
                self._nodes.learn(fact)
            case PolicySeen() | PolicyGone():
                self._policies.learn(fact)
            case ClusterPolicySeen() | ClusterPolicyGone():
                self._cluster_policies.learn(fact)
            case CollectionDeleted():
                self._learn_deletion(fact)
            case ControllerSeen():
                self._learn_controller(fact)
            case EnforcingModeSeen():
                self._modes.learn(fact)
            case SnapshotTaken():
                self._listings.add(fact)
                self._policies.learn_listing()
                self._cluster_policies.learn_listing()
            case _:
                pass  # What was done says nothing of what an object is: see `activity`.

    def _learn_controller(self, fact: ControllerSeen) -> None:
        if len(self._controllers) < _MAX_CONTROLLERS:
            self._controllers[fact.namespace, fact.controller, fact.name] = fact.owner

    def _learn_deletion(self, fact: CollectionDeleted) -> None:
        # Pods of a deleted collection still run: each one's end is its kubelet's own delete.
        if fact.resource in ("networkpolicies", "applicationnetworkpolicies"):
            self._policies.learn_deletion(fact)
        elif fact.resource == "clusternetworkpolicies":
            self._cluster_policies.learn_deletion(fact)
        elif fact.resource == "services":
            self._services.learn_deletion(fact)

    def _node(self, address: str, at_ms: int, holder: Holder | None) -> Identity | None:
        found = self._nodes.holder(address, _end_of(at_ms))
        if found is None or (holder is not None and holder.shown.at_us > found[1]):
            return None
        shown = found[0]
        later = shown.at_us > _end_of(at_ms)
        return Identity(
            address,
            "node",
            name=shown.name,
            confidence="medium" if later else "high",
            evidence=evidence_of(shown.source, shown.at_us, at_ms, later=later),
            node=shown.name if address in shown.addresses else None,
        )

    def _service(self, address: str, at_ms: int) -> Identity | None:
        version = self._services.holder(address, _end_of(at_ms))
        if version is None:
            return None
        fact = version.fact
        return Identity(
            address,
            "service",
            fact.namespace,
            fact.name,
            confidence="high",  # A Service keeps its addresses as long as it exists.
            evidence=evidence_of(fact.source, fact.at_us, at_ms, later=not version.certain),
        )

    def _pod(self, address: str, at_ms: int, holder: Holder | None) -> Identity | None:
        at_us = _end_of(at_ms)
        if holder is None or holder.let_go or (not holder.later and self._is_over(holder, at_us)):
            return None
        (namespace, name), life = holder.key, holder.life
        rivals = self._rivals(holder, at_ms)
        confidence = sure_after(confidence_in(holder, at_us), self._gap_us(life, at_ms))
        body = life.body_at(at_us)
        if body is not None and body.owner is not None:
            self._ask(entities.controller(namespace, body.owner.kind, body.owner.name))
        return Identity(
            address,
            "pod",
            namespace,
            name,
            workload_of(body, name, self._controllers),
            "low" if rivals else confidence,
            "; ".join([_shown_by(holder, at_ms), *map(partial(_claimed_by, at_ms=at_ms), rivals)]),
            life.node,
            contested_by=tuple("/".join(rival.key) for rival in rivals),
        )

    def _rivals(self, holder: Holder, at_ms: int) -> list[Holder]:
        """Return the other owners of an address whose end would have been heard."""
        at_us = _end_of(at_ms)
        return [
            rival
            for rival in holder.rivals
            if not self._is_over(rival, at_us) and is_fresh(self._gap_us(rival.life, at_ms))
        ]

    def _gap_us(self, life: Life, at_ms: int) -> int:
        return self._heard.gap_us(life.last_us, _end_of(at_ms)) if self._is_dated(at_ms) else 0

    def _is_over(self, holder: Holder, at_us: int) -> bool:
        """Tell whether a pod's end was seen though its own was not: its namespace's, a listing."""
        namespace, life = holder.key[0], holder.life
        return self._namespaces.ended(namespace, life.begin_us, at_us) or self._listings.came(
            "pods", namespace, life.last_us, at_us
        )

    def _nobody(self, address: str, holder: Holder | None) -> Identity:
        place = self._places.place(address)
        if place.kind == "external" and place.name is None and self._may_be_a_pods(address, holder):
            place = Place("unknown", None, "in the network of the cluster's pods; no owner known")
        return Identity(
            address,
            place.kind,
            name=place.name,
            confidence="low" if place.kind == "unknown" else "high",
            evidence=place.evidence,
            previous=None if holder is None else "/".join(holder.key),
        )

    def _may_be_a_pods(self, address: str, holder: Holder | None) -> bool:
        """Tell whether a public address may be a pod's that is older than what is known."""
        return holder is None and not self.has_snapshot and self._pods.has_neighbours(address)

    def _state(self, namespace: str, name: str, life: Life, at_us: int) -> PodState:
        body = life.body
        return PodState(
            namespace=namespace,
            name=name,
            labels=labels_at(life.bodies, at_us),
            node=life.node,
            ports=() if body is None else body.ports,
        )

    def _service_state(self, version: Version[ServiceSeen]) -> ServiceState:
        fact = version.fact
        return ServiceState(
            namespace=fact.namespace,
            name=fact.name,
            addresses=self._services.addresses(version),
            selector=fact.selector,
            ports=fact.ports,
            type=fact.type,
            since_us=fact.at_us,
            certain=version.certain,
        )


def _shown_by(holder: Holder, at_ms: int) -> str:
    return evidence_of(holder.shown.source, holder.shown.at_us, at_ms, later=holder.later)


def _claimed_by(rival: Holder, at_ms: int) -> str:
    return f"{'/'.join(rival.key)} has it, too ({_shown_by(rival, at_ms)})"


def _end_of(at_ms: int) -> int:
    return at_ms * _MILLISECOND + _MILLISECOND - 1
