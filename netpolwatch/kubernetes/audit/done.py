"""Events of writes that were done, for whoever looks at what somebody wrote."""

from typing import Final, TypeVar

import msgspec

from netpolwatch.kubernetes.audit.anchors import WRITES
from netpolwatch.kubernetes.audit.event import Event, decode_event
from netpolwatch.kubernetes.bodies import BAD_BODY

_MAX_CHARS: Final = 1_048_576
"""CloudWatch's own bound of an event."""

_OF_ONE: Final = WRITES - {"deletecollection"}
_THE_OBJECT: Final = frozenset({""})
_Body = TypeVar("_Body")


def read_write(text: str, subresources: frozenset[str] = _THE_OBJECT) -> Event | None:
    """Read an audit event of a write that was done to one object: no refusal, no dry run.

    Writes of a subresource count only where `subresources` names it; "" is the object itself.
    """
    event = decode_event(text) if len(text) <= _MAX_CHARS else None
    if event is None or event.verb not in _OF_ONE or not event.was_done:
        return None
    return event if event.reference.subresource in subresources else None


def body_after(event: Event, kind: type[_Body]) -> _Body | None:
    """Read the object as it is after a write; `None` where the event does not tell it whole."""
    body = event.object_after
    try:
        return None if body is None else msgspec.json.decode(body, type=kind)
    except BAD_BODY:
        return None
