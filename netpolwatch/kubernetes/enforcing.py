"""What `aws-node` is told to do with pods that no policy selects, from its own or its pods' body.

IPAMD hands `NETWORK_POLICY_ENFORCING_MODE` to the network policy agent: `strict` denies such pods,
`standard`, the default, lets them through (EKS user guide, cni-network-policy; from vpc-cni
v1.17.1).
"""

from typing import Final

import msgspec

from netpolwatch.kubernetes import bounds
from netpolwatch.kubernetes.bodies import BAD_BODY, Metadata, Stamp
from netpolwatch.kubernetes.facts import EnforcingModeSeen

SYSTEM_NAMESPACE: Final = "kube-system"
"""Where EKS and every chart put `aws-node`; who may write there owns the cluster."""

DAEMONSET: Final = "aws-node"
_CONTAINER: Final = "aws-node"
_VARIABLE: Final = "NETWORK_POLICY_ENFORCING_MODE"
_MODES: Final = {"strict": True, "standard": False, "": False}
_MAX_VARIABLES: Final = 256


class _Variable(msgspec.Struct, gc=False):
    name: str = ""
    value: str = ""


class _Container(msgspec.Struct, gc=False):
    name: str = ""
    env: list[_Variable] | None = None


class _Field(msgspec.Struct, gc=False):
    key: str = ""
    values: list[str] | None = None


class _Term(msgspec.Struct, gc=False, rename="camel"):
    match_fields: list[_Field] | None = None


class _Terms(msgspec.Struct, gc=False, rename="camel"):
    node_selector_terms: list[_Term] | None = None


class _NodeAffinity(msgspec.Struct, gc=False):
    required: _Terms | None = msgspec.field(
        name="requiredDuringSchedulingIgnoredDuringExecution", default=None
    )


class _Affinity(msgspec.Struct, gc=False, rename="camel"):
    node_affinity: _NodeAffinity | None = None


class _PodSpec(msgspec.Struct, gc=False, rename="camel"):
    node_name: str | None = None
    containers: list[_Container] | None = None
    affinity: _Affinity | None = None

    @property
    def wanted_node(self) -> str | None:
        """The node that the DaemonSet's controller made the pod for, before it is bound."""
        affinity = self.affinity.node_affinity if self.affinity else None
        terms = affinity.required.node_selector_terms if affinity and affinity.required else None
        fields = [field for term in (terms or ())[:8] for field in (term.match_fields or ())[:8]]
        names = [name for field in fields if field.key == "metadata.name"
                 for name in field.values or ()]  # fmt: skip
        return bounds.name(names[0]) if len(names) == 1 else None


class _Template(msgspec.Struct, gc=False):
    spec: _PodSpec = msgspec.field(default_factory=_PodSpec)


class _DaemonSetSpec(msgspec.Struct, gc=False):
    template: _Template = msgspec.field(default_factory=_Template)


class AwsNode(msgspec.Struct, gc=False):
    """The DaemonSet `aws-node`."""

    metadata: Metadata = msgspec.field(default_factory=Metadata)
    spec: _DaemonSetSpec = msgspec.field(default_factory=_DaemonSetSpec)


class _AwsNodePod(msgspec.Struct, gc=False):
    """One of its pods."""

    metadata: Metadata = msgspec.field(default_factory=Metadata)
    spec: _PodSpec = msgspec.field(default_factory=_PodSpec)


AWS_NODE: Final = msgspec.json.Decoder(AwsNode)
_AWS_NODE_POD: Final = msgspec.json.Decoder(_AwsNodePod)


def mode_of_daemonset(body: AwsNode, stamp: Stamp, *, changed: bool) -> EnforcingModeSeen | None:
    """Tell the mode that all nodes are to have; `None` where the body does not."""
    seen = _seen(body.spec.template.spec, None, stamp)
    return seen and msgspec.structs.replace(seen, changed=changed)


def mode_of_pod(raw: msgspec.Raw, stamp: Stamp) -> EnforcingModeSeen | None:
    """Tell a node's mode since a pod of `SYSTEM_NAMESPACE` was created: that cannot change later.

    `None` for a pod that is not of `aws-node`.
    """
    try:
        body = _AWS_NODE_POD.decode(raw)
    except BAD_BODY:
        return None
    created_us = bounds.microseconds(body.metadata.creation_timestamp)
    since_us = stamp.at_us if created_us is None else min(created_us, stamp.at_us)
    node = bounds.name(body.spec.node_name) or body.spec.wanted_node
    # Without a node it says nothing of any: a DaemonSet's change comes to them one by one.
    return _seen(body.spec, node, stamp._replace(at_us=since_us)) if node else None


def _seen(spec: _PodSpec, node: str | None, stamp: Stamp) -> EnforcingModeSeen | None:
    containers = (spec.containers or ())[: bounds.MAX_CONTAINERS]
    own = next((each for each in containers if each.name == _CONTAINER), None)
    if own is None:
        return None
    variables = (own.env or ())[:_MAX_VARIABLES]
    said = next((each.value for each in variables if each.name == _VARIABLE), "")
    strict = _MODES.get(said.strip().lower())
    return (
        None if strict is None else EnforcingModeSeen(strict=strict, node=node, **stamp._asdict())
    )
