"""Which version runs where: what an event tells of it, and what is remembered of that.

Sources: the images that kubelets report and that writes of `aws-node` name, and the lines by which
IPAMD (`Starting L-IPAMD v1.20.4`) and the agent (`"msg":"version","GitVersion":"v1.0.4"`) start.
"""

import re
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

import msgspec

from netpolwatch.catalogue.images import read_images
from netpolwatch.catalogue.model import VersionedComponent
from netpolwatch.catalogue.releases import agent_of, sdk_of
from netpolwatch.catalogue.version_numbers import Version, parse_version
from netpolwatch.ingest.origin import AGENT, AUDIT, AWS_NODE, IPAMD

_NUMBER = r"(?P<version>v\d{1,5}\.\d{1,5}\.\d{1,5}(?:-eksbuild\.\d{1,5})?(?:_thick)?)"
_IMAGES: Final[dict[str, VersionedComponent]] = {
    "aws-network-policy-agent": "agent",
    "amazon-k8s-cni": "vpc-cni",
    "multus-cni": "multus",
}
_IMAGE = re.compile(rf"/(?P<name>{'|'.join(_IMAGES)}):{_NUMBER}(?:@|$)")
_SYSTEM: Final = "kube-system"
"""Where EKS and every chart put these pods: a pod elsewhere may be called as it likes."""

_STARTS: Final[tuple[tuple[str, VersionedComponent, frozenset[str], re.Pattern[str]], ...]] = (
    (
        "Starting L-IPAMD v",
        "vpc-cni",
        frozenset({IPAMD, AWS_NODE}),
        re.compile(rf'Starting L-IPAMD {_NUMBER}(?=[\s"]|$)'),
    ),
    (
        '"GitVersion":"v',
        "agent",
        frozenset({AGENT}),
        re.compile(rf'"msg":"version","GitVersion":"{_NUMBER}"'),
    ),
)
VERSION_ANCHORS: Final = (*(f"{name}:v" for name in _IMAGES), *(start[0] for start in _STARTS))
"""Of which one stands in every event that tells a version."""

_MAX_PLACES = 10_000
_MAX_CLUSTERS = 100
_MAX_CHANGES = 8
_CLUSTER: Final = None

_Place = tuple[str | None, str | None]
_Changes = tuple[tuple[int | None, str], ...]
_Told = dict[VersionedComponent, _Changes]
_Key = TypeVar("_Key")


class VersionSeen(msgspec.Struct, frozen=True, gc=False):
    """A version that an event says is run.

    Attributes
    ----------
    node
        Where; `None` where the event speaks of the whole cluster.
    timestamp
        ms since 1970 (UTC), `None` without a time.
    """

    component: VersionedComponent
    version: str
    node: str | None = None
    timestamp: int | None = None


class Running(msgspec.Struct, frozen=True):
    """What runs somewhere, as far as it is known.

    Attributes
    ----------
    via
        The VPC CNI's version, where that is what was seen and the table of releases told the rest.
    later
        Whether it was seen only after the time that was asked for.
    """

    version: str
    via: str | None = None
    later: bool = False


def read_versions(
    text: str, component: str | None, node: str | None, timestamp: int | None
) -> tuple[VersionSeen, ...]:
    """Read the versions that an event tells; `component` and `node` say who wrote it, and where."""
    if not any(anchor in text for anchor in VERSION_ANCHORS):
        return ()
    if component in (None, AUDIT):
        told = _of_images(text, timestamp)
        if told or component == AUDIT:
            return told
    return tuple(
        VersionSeen(of, found["version"], node, timestamp)
        for anchor, of, writers, pattern in _STARTS
        if (component is None or component in writers) and anchor in text
        if (found := pattern.search(text))
    )


def _of_images(text: str, timestamp: int | None) -> tuple[VersionSeen, ...]:
    found = read_images(text)
    if found is None or found.namespace != _SYSTEM:
        return ()
    seen: dict[VersionedComponent, VersionSeen] = {}
    for image in found.images:
        named = _IMAGE.search(image)
        if named is not None:
            of = _IMAGES[named["name"]]
            seen.setdefault(of, VersionSeen(of, named["version"], found.node, timestamp))
    return tuple(seen.values())


class RunningVersions:
    """What was learned of running versions, by cluster and node; a bounded memory.

    A node's own report goes before what was seen of its cluster, and that before a version that
    all nodes seen of it agree on. The least recently told places are forgotten first, and of one
    place all but its last changes.
    """

    __slots__ = ("_agreed", "_places")

    def __init__(self) -> None:
        self._places: OrderedDict[_Place, _Told] = OrderedDict()
        self._agreed: OrderedDict[str | None, _Told] = OrderedDict()

    def learn(self, cluster: str | None, seen: Iterable[VersionSeen]) -> None:
        """Take in what a cluster's events tell, in their order."""
        for one in seen:
            _take(_of(self._places, (cluster, one.node), _MAX_PLACES), one)
            if one.node is not _CLUSTER:
                _take(_of(self._agreed, cluster, _MAX_CLUSTERS), one)

    def at(
        self,
        cluster: str | None,
        node: str | None,
        component: VersionedComponent,
        time: int | None = None,
    ) -> Running | None:
        """Tell which version of a component runs on a node, at a time (ms since 1970, UTC)."""
        if cluster is None and len(self._agreed) == 1:
            cluster = next(iter(self._agreed))
        own = self._places.get((cluster, node), {})
        of_all = self._places.get((cluster, _CLUSTER), {})
        agreed = {of: told for of, told in self._agreed.get(cluster, {}).items() if _is_one(told)}
        for told in (own, of_all, agreed):
            running = derived(component, {of: _as_of(all_, time) for of, all_ in told.items()})
            if running is not None:
                return running
        return None


def derived(
    component: VersionedComponent, told: Mapping[VersionedComponent, Running]
) -> Running | None:
    """Give a component's version, from the table of releases where only its VPC CNI's is known."""
    if component in told:
        return told[component]
    vpc_cni = told.get("vpc-cni")
    of_release = _agent_of(vpc_cni.version) if vpc_cni else None
    if component == "agent" and vpc_cni and of_release:
        return Running(f"v{of_release}", vpc_cni.version, vpc_cni.later)
    if component == "sdk":
        agent = told.get("agent")
        known = parse_version(agent.version) if agent else of_release
        sdk = sdk_of(known) if known else None
        source = agent or vpc_cni
        if sdk and source:
            return Running(f"v{sdk}", None if agent else source.version, source.later)
    return None


def _agent_of(vpc_cni: str) -> Version | None:
    """Tell the agent of a VPC CNI's version as it is written."""
    version = parse_version(vpc_cni)
    return agent_of(version) if version else None


def _of(places: OrderedDict[_Key, _Told], key: _Key, most: int) -> _Told:
    told = places.setdefault(key, {})
    places.move_to_end(key)
    if len(places) > most:
        places.popitem(last=False)
    return told


def _take(told: _Told, seen: VersionSeen) -> None:
    told[seen.component] = _changed(told.get(seen.component, ()), seen)


def _is_one(changes: _Changes) -> bool:
    return len({version for _, version in changes}) == 1


def _changed(changes: _Changes, seen: VersionSeen) -> _Changes:
    """Add what was seen, in the order of its time; a repetition is no change."""
    times = [_order(time) for time, _ in changes]
    at = bisect_right(times, _order(seen.timestamp))
    if at and changes[at - 1][1] == seen.version:
        return changes
    rest = changes[at:]
    if rest and rest[0][1] == seen.version:
        rest = rest[1:]
    return (*changes[:at], (seen.timestamp, seen.version), *rest)[-_MAX_CHANGES:]


def _as_of(changes: _Changes, time: int | None) -> Running:
    if time is None:
        return Running(changes[-1][1])
    before = [version for at, version in changes if at is None or at <= time]
    return Running(before[-1]) if before else Running(changes[0][1], later=True)


def _order(time: int | None) -> int:
    # Without a time, the order of arrival is all there is: behind what was told so far.
    return 2**63 if time is None else time
