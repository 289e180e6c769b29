"""Names in wrappers: untrusted text, believed only where it has the shape of a name."""

import re
from collections.abc import Mapping

import msgspec

from netpolwatch.ingest.origin import APPLICATION, Origin, component_of_container
from netpolwatch.ingest.wrappers.model import NO_FACTS, Facts

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,252}")
"""Names in Kubernetes, host names and addresses; a DNS name has at most 253 characters."""

_CNI_PODS = ("aws-node-", "kube-proxy-")


def name(value: object) -> str | None:
    """Accept a name; `None` for any other value."""
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def of_container(
    pod: str | None, namespace: str | None, container: str | None, host: str | None = None
) -> Facts:
    """Tell who wrote a line by the container that it came from."""
    component = _component(pod, namespace, container)
    return Facts(pod, namespace, container, host, component)


def of_stream(origin: Origin) -> Facts:
    """Return who wrote a line by the names of the stream that it came from."""
    return Facts(
        host=origin.node, component=origin.component, shared=origin.shared, teller="stream"
    )


def of_kubernetes(fields: Mapping[str, object]) -> Facts:
    """Read the `kubernetes` object of Fluent Bit's filter, as every chart leaves it."""
    told = of_container(
        name(fields.get("pod_name")),
        name(fields.get("namespace_name")),
        name(fields.get("container_name")),
        name(fields.get("host")),
    )
    return msgspec.structs.replace(told, teller="filter")


def merged(outer: Facts, inner: Facts) -> Facts:
    """Put two wrappers' facts together; the outer one is believed first.

    Who wrote the inner one may be the very writer that the outer one names.
    """
    if inner is NO_FACTS or outer is NO_FACTS:
        return outer if inner is NO_FACTS else inner
    host, component = outer.host or inner.host, outer.component or inner.component
    told = outer if outer.pod or outer.namespace or outer.container else inner
    teller = outer.teller if outer.component else inner.teller
    if outer.shared and inner.teller == "filter":
        component, teller = inner.component, inner.teller
    return msgspec.structs.replace(
        told, host=host, component=component, shared=outer.shared, teller=teller
    )


def refined(origin: Origin, facts: Facts) -> Origin:
    """Refine what the names of group and stream say by what the wrappers say.

    What is known to be an application's stays so: any pod can print the text of a wrapper. Where
    any pod may write, only the Kubernetes facts that a shipper adds count; and names of a stream in
    a text count in a file alone, not where the text came from a stream with names.
    """
    if facts is NO_FACTS:
        return origin
    return Origin(_refined(origin, facts), facts.host or origin.node, origin.shared or facts.shared)


def _refined(origin: Origin, facts: Facts) -> str | None:
    if facts.component is None or (facts.teller == "stream" and origin.component is not None):
        return origin.component
    if origin.shared:
        return facts.component if facts.teller == "filter" else origin.component
    return APPLICATION if origin.component == APPLICATION else facts.component


def _component(pod: str | None, namespace: str | None, container: str | None) -> str | None:
    if container is not None:
        return component_of_container(container, namespace)
    # A pod of several containers does not tell which of them wrote.
    return APPLICATION if pod is not None and not pod.startswith(_CNI_PODS) else None
