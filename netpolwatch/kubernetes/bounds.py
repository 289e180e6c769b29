"""How much of an object's text is kept: what Kubernetes allows, and no more.

A body in an audit event is what somebody sent, and was not always checked by the API server.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from sys import intern

MAX_NAME_CHARS = 253
MAX_KEY_CHARS = 317
MAX_VALUE_CHARS = 63
MAX_ACTOR_CHARS = 256
MAX_IMAGE_CHARS = 512
MAX_LABELS = 256
MAX_ADDRESS_CHARS = 45
MAX_ADDRESSES = 16
MAX_PORTS = 256
MAX_CONTAINERS = 64
MAX_FINALIZERS = 32

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
"""An IPv4 address in its one form, which nearly all are in: `ipaddress` takes ten times as long."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def name(text: str | None) -> str | None:
    """Keep a name that Kubernetes would allow; `None` for none and for a longer one."""
    if not text or len(text) > MAX_NAME_CHARS:
        return None
    return intern(text)


def short(text: str, limit: int = MAX_NAME_CHARS) -> str:
    """Cut a text that only people read."""
    return intern(text[:limit])


def labels(given: Mapping[str, str] | None) -> dict[str, str]:
    """Keep the labels that Kubernetes would allow, at most `MAX_LABELS`."""
    kept: dict[str, str] = {}
    for key, value in (given or {}).items():
        if len(kept) == MAX_LABELS:
            break
        if len(key) <= MAX_KEY_CHARS and len(value) <= MAX_VALUE_CHARS:
            kept[intern(key)] = intern(value)
    return kept


def changes(given: Mapping[str, str | None] | None) -> dict[str, str | None]:
    """Keep the label changes that Kubernetes would allow; `None` takes a label away."""
    kept: dict[str, str | None] = {}
    for key, value in (given or {}).items():
        if len(kept) == MAX_LABELS:
            break
        if len(key) <= MAX_KEY_CHARS and len(value or "") <= MAX_VALUE_CHARS:
            kept[intern(key)] = value if value is None else intern(value)
    return kept


def addresses(given: Iterable[str | None]) -> tuple[str, ...]:
    """Write each address once and in one way; what is none is left out."""
    kept: dict[str, None] = {}
    for text in given:
        written = address(text) if text else None
        if written is not None and len(kept) < MAX_ADDRESSES:
            kept[written] = None
    return tuple(kept)


def address(text: str) -> str | None:
    """Write an address in its one form (IPv4 inside IPv6 as IPv4); `None` for anything else."""
    return _address(text) if len(text) <= MAX_ADDRESS_CHARS else None


@lru_cache(maxsize=65_536)
def _address(text: str) -> str | None:
    if _IPV4.fullmatch(text):
        return intern(text)
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.scope_id is not None:
            return None
        if parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
    return intern(str(parsed))


def microseconds(text: str | None) -> int | None:
    """Read an RFC 3339 time as microseconds since 1970 (UTC); `None` for anything else."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None
