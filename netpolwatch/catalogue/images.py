"""The images that an audit event says are run: in workloads' bodies and kubelets' reports."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import msgspec

from netpolwatch.kubernetes.audit import read_write

_GROUPS = {
    "pods": "", "daemonsets": "apps", "deployments": "apps", "statefulsets": "apps",
    "replicasets": "apps",
}  # fmt: skip
"""The workloads that run images, and the API group of each."""


class _Container(msgspec.Struct, frozen=True):
    image: str = ""


_Containers = tuple[_Container, ...]


class _PodSpec(msgspec.Struct, frozen=True):
    containers: _Containers | None = None
    init: _Containers | None = msgspec.field(default=None, name="initContainers")


class _Template(msgspec.Struct, frozen=True):
    spec: _PodSpec = _PodSpec()


class _Spec(_PodSpec, frozen=True):
    template: _Template = _Template()


class _Status(msgspec.Struct, frozen=True):
    containers: _Containers | None = msgspec.field(default=None, name="containerStatuses")
    init: _Containers | None = msgspec.field(default=None, name="initContainerStatuses")


class _Body(msgspec.Struct, frozen=True):
    spec: _Spec = _Spec()
    status: _Status = _Status()


_body = msgspec.json.Decoder(_Body)


class Images(NamedTuple):
    """The images of one workload or pod, and the node where a kubelet reports them."""

    namespace: str | None
    name: str | None
    node: str | None
    images: tuple[str, ...]


@lru_cache(maxsize=1)
def read_images(text: str) -> Images | None:
    """Read the images of a workload that was written, or of a pod that a kubelet reports."""
    write = read_write(text, subresources=frozenset({"", "status"}))
    if write is None or write.verb == "delete":
        return None
    if _GROUPS.get(write.reference.resource) != write.reference.api_group:
        return None
    found = dict.fromkeys(
        image for raw in (write.response, write.request) if raw for image in _images(raw)
    )
    about = write.reference
    return Images(about.namespace, about.name, write.node, tuple(found))


def _images(raw: msgspec.Raw) -> Iterator[str]:
    try:
        body = _body.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return
    spec, status, pod = body.spec, body.status, body.spec.template.spec
    for containers in (
        spec.containers, spec.init, pod.containers, pod.init, status.containers, status.init
    ):  # fmt: skip
        yield from (container.image for container in containers or ())
