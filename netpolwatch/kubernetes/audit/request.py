"""One write that happened, with its bodies decoded on demand."""

from typing import NamedTuple, TypeVar

import msgspec

from netpolwatch.kubernetes import bounds
from netpolwatch.kubernetes.audit.event import Event
from netpolwatch.kubernetes.bodies import BAD_BODY, Metadata, Stamp

T = TypeVar("T")


class Write(NamedTuple):
    """A write, and what its facts have in common."""

    event: Event
    stamp: Stamp

    @property
    def namespace(self) -> str | None:
        """The namespace that the request names."""
        return bounds.name(self.event.reference.namespace)

    @property
    def name(self) -> str | None:
        """The object that the request names; none in a create with `generateName`."""
        return bounds.name(self.event.reference.name)

    @property
    def uid(self) -> str | None:
        """The object's uid, where the request names it."""
        return bounds.name(self.event.reference.uid)

    def response(self, decoder: msgspec.json.Decoder[T]) -> T | None:
        """Decode the object as the write left it; `None` where the event has none."""
        return None if self.event.answered_status else decoded(self.event.response, decoder)

    def request(self, decoder: msgspec.json.Decoder[T]) -> T | None:
        """Decode what was sent; `None` where the event has none."""
        return decoded(self.event.request, decoder)

    def body(self, decoder: msgspec.json.Decoder[T]) -> T | None:
        """Decode the object after the write, or else the whole object that was sent."""
        if self.event.is_answered:
            return self.response(decoder)
        return self.request(decoder) if self.event.verb in ("create", "update") else None

    def named(self, meta: Metadata) -> str | None:
        """Name the object, from the request or else from its body."""
        return self.name or bounds.name(meta.name)

    def placed(self, meta: Metadata) -> str | None:
        """Name the object's namespace, from the request or else from its body."""
        return self.namespace or bounds.name(meta.namespace)


def decoded(raw: msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T | None:
    """Decode a body; `None` for none and for a bad one."""
    if not raw:
        return None
    try:
        return decoder.decode(raw)
    except BAD_BODY:
        return None
