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


class _PodSpec(msgspec.Struct, gc=False, rename="camel"):
    node_name: str | None = None
    containers: list[_Container] | None = None


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


def mode_of_daemonset(body: AwsNode, stamp: Stamp) -> EnforcingModeSeen | None:
    """Tell the mode that all nodes are to have; `None` where the body does not."""
    return _seen(body.spec.template.spec, None, stamp)


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
    node = bounds.name(body.spec.node_name)
    return _seen(body.spec, node, stamp._replace(at_us=since_us))


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
