"""What a write may have changed: only its result is in the event, not what was there before."""

from typing import Final

from netpolwatch.kubernetes.audit.controllers import CONTROLLERS
from netpolwatch.kubernetes.audit.patches import read_patch
from netpolwatch.kubernetes.audit.request import Write
from netpolwatch.kubernetes.bodies import Metadata

_CHANGES: Final = ("update", "patch")


def leaves_spec(write: Write, meta: Metadata) -> bool:
    """Tell whether an object was there before a write, and what it specifies was the same.

    Metadata is that of the result: of what is told to go, no more than finalizers are written.
    """
    if write.event.creates:
        return False
    by_controller = write.event.user.username in CONTROLLERS
    going = meta.deletion_timestamp is not None
    return not _changes(write) or by_controller or going or touches_metadata_only(write)


def may_change_labels(write: Write) -> bool:
    """Tell whether a write may have changed the labels of an object that was there."""
    if not _changes(write):
        return False
    patch = read_patch(write.event.request) if write.event.verb == "patch" else None
    return patch is None or bool(patch.labels) or patch.whole


def touches_metadata_only(write: Write) -> bool:
    """Tell whether a write is a patch of nothing but metadata or status."""
    if write.event.verb != "patch" or not write.event.request:
        return False
    patch = read_patch(write.event.request)
    return patch is not None and not patch.spec


def _changes(write: Write) -> bool:
    event = write.event
    return event.verb in _CHANGES and not event.creates and not event.reference.subresource
