"""Facts as items of the table."""

import logging
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from netpolwatch.findings.fingerprint import digest_of
from netpolwatch.kubernetes.facts import AnyFact
from netpolwatch.kubernetes.identity import entities
from netpolwatch.kubernetes.identity.repeats import Key

_logger = logging.getLogger(__name__)

_MAX_BODY_BYTES: Final = 300_000
_SPREAD_IN_TIME: Final = ("address#",)
_LASTING: Final = (
    "policies#", "namespace#", "services#", "fixed-address#", "node#", "mode#", "lookalikes#",
    entities.MODES, entities.NETWORKS,
)  # fmt: skip

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(tuple[AnyFact, ...])

Row = dict[str, Any]


def is_spread_in_time(entity: str) -> bool:
    """Whether the newest facts of an object are enough, whatever there was before."""
    return entity.startswith(_SPREAD_IN_TIME)


def is_lasting(entity: str) -> bool:
    """Whether an object's last fact is worth reading before one is written: it lasts for months."""
    return entity.startswith(_LASTING)


def partition(cluster: str | None, entity: str) -> str:
    """Name an object's items."""
    return f"{cluster or ''}#{entity}"


def entity_of(row: Row) -> str:
    """Return the object that an item is of."""
    entity: str = row["pk"]["S"].split("#", 1)[1]
    return entity


def sort_key(part: str, at_us: int) -> str:
    """Return where the items of a part of an object, of a time (microseconds, UTC), begin."""
    prefix = f"{digest_of([part])}#" if part else ""
    return f"{prefix}{at_us:020d}"


def row_of(cluster: str | None, key: Key, facts: Sequence[AnyFact], expires_s: int) -> Row | None:
    """Return facts of one thing, in the order of their time, as an item; `None` for too large."""
    body = _encoder.encode(facts).decode()
    if len(body) > _MAX_BODY_BYTES:
        return None
    entity, part = key
    return {
        "pk": {"S": partition(cluster, entity)},
        "sk": {"S": f"{sort_key(part, facts[0].at_us)}#{digest_of([body])}"},
        "facts": {"S": body},
        "expires_at": {"N": str(expires_s)},
    }


def facts_of(row: Row) -> tuple[AnyFact, ...] | None:
    """Return an item's facts; `None` of one that cannot be read."""
    try:
        facts: tuple[AnyFact, ...] = _decoder.decode(row["facts"]["S"])
    except (msgspec.DecodeError, KeyError):
        _logger.exception("facts of %s cannot be read", row["pk"]["S"])
        return None
    return facts
