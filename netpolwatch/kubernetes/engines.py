"""The DaemonSets of policy engines: what they run, and what the network policy agent is told."""

from typing import Final

import msgspec

from netpolwatch.kubernetes import bounds
from netpolwatch.kubernetes.bodies import Metadata, Stamp
from netpolwatch.kubernetes.enforcing import DAEMONSET, SYSTEM_NAMESPACE
from netpolwatch.kubernetes.facts import DaemonSetSeen

ENGINES: Final = {"calico/node": "calico", "cilium/cilium": "cilium"}
"""Images of engines beside the VPC CNI's, as they end before their tags."""

AGENT_CONTAINERS: Final = ("aws-eks-nodeagent", "aws-network-policy-agent")
"""The agent's container, as the add-on and as older charts call it."""

_MAX_FLAGS: Final = 64
_TRUE: Final = "true"


class _Variable(msgspec.Struct, gc=False):
    name: str = ""
    value: str = ""


class _Container(msgspec.Struct, gc=False):
    name: str = ""
    image: str = ""
    args: list[str] | None = None
    env: list[_Variable] | None = None

    @property
    def flags(self) -> dict[str, str]:
        """Its arguments `--name=value`; one without a value is true."""
        given = (text.removeprefix("--").partition("=") for text in (self.args or ())[:_MAX_FLAGS])
        return {
            bounds.short(name, bounds.MAX_KEY_CHARS): bounds.short(value if sign else _TRUE)
            for name, sign, value in given
        }

    @property
    def environment(self) -> dict[str, str]:
        """Its variables that are written out."""
        given = (self.env or ())[: bounds.MAX_LABELS]
        return {
            bounds.short(each.name, bounds.MAX_KEY_CHARS): bounds.short(each.value)
            for each in given
        }


class _PodSpec(msgspec.Struct, gc=False):
    containers: list[_Container] | None = None


class _Template(msgspec.Struct, gc=False):
    spec: _PodSpec = msgspec.field(default_factory=_PodSpec)


class _Spec(msgspec.Struct, gc=False):
    template: _Template = msgspec.field(default_factory=_Template)


class DaemonSet(msgspec.Struct, gc=False):
    """A DaemonSet, as far as engines are told by it."""

    metadata: Metadata = msgspec.field(default_factory=Metadata)
    spec: _Spec = msgspec.field(default_factory=_Spec)


DAEMON_SET: Final = msgspec.json.Decoder(DaemonSet)


def engine_of(images: tuple[str, ...]) -> str | None:
    """Return which engine beside the VPC CNI's runs one of some images."""
    for image in images:
        name = image.partition("@")[0].rpartition(":")[0] or image
        for ending, engine in ENGINES.items():
            if name == ending or name.endswith(f"/{ending}"):
                return engine
    return None


def daemonset_fact(
    body: DaemonSet, stamp: Stamp, namespace: str, name: str, *, gone: bool
) -> DaemonSetSeen | None:
    """Return what a DaemonSet of a policy engine runs, or that one is gone; `None` for others."""
    if gone:
        return DaemonSetSeen(namespace=namespace, name=name, gone=True, **stamp._asdict())
    containers = (body.spec.template.spec.containers or [])[: bounds.MAX_CONTAINERS]
    images = tuple(bounds.short(each.image, bounds.MAX_IMAGE_CHARS) for each in containers)
    is_own = (namespace, name) == (SYSTEM_NAMESPACE, DAEMONSET)
    if not is_own and engine_of(images) is None:
        return None
    agent = next((each for each in containers if each.name in AGENT_CONTAINERS), None)
    main = agent if is_own else next(iter(containers), None)
    cni = next((each for each in containers if each.name == DAEMONSET), None)
    return DaemonSetSeen(
        namespace=namespace,
        name=name,
        images=images,
        flags=main.flags if main else {},
        environment=cni.environment if cni else {},
        has_agent=agent is not None,
        **stamp._asdict(),
    )
