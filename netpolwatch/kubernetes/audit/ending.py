"""Whether a write makes an object, and whether it leaves one."""

from netpolwatch.kubernetes.audit.request import Write
from netpolwatch.kubernetes.bodies import Metadata


def born_us(write: Write) -> int | None:
    """Return when a write made its object, in µs; `None` where it was there before."""
    return write.stamp.at_us if write.event.creates else None


def ends(write: Write, meta: Metadata | None) -> bool:
    """Whether a write leaves nothing: a delete, or the last finalizer taken off."""
    deleting = meta is not None and meta.deletion_timestamp is not None
    waits = meta is not None and bool(meta.finalizers)
    if write.event.verb == "delete":
        return not (deleting and waits)
    return deleting and not waits
