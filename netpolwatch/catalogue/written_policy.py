"""The NetworkPolicy that an audit event says was written, as the API server has it now."""

from functools import lru_cache
from typing import NamedTuple

import msgspec

from netpolwatch.kubernetes.audit import body_after, read_write
from netpolwatch.kubernetes.policy.spec import (
    NetworkPolicy,
    NotAPolicyError,
    decode_network_policy,
)


class WrittenPolicy(NamedTuple):
    """A policy that somebody wrote."""

    namespace: str | None
    name: str | None
    policy: NetworkPolicy


@lru_cache(maxsize=1)
def written_policy(text: str) -> WrittenPolicy | None:
    """Read it; `None` for any other event."""
    write = read_write(text)
    if write is None or write.reference.resource != "networkpolicies" or write.verb == "delete":
        return None
    body = body_after(write, msgspec.Raw) if write.names_known_group else None
    try:
        policy = decode_network_policy(body or b"")
    except NotAPolicyError:
        return None
    about = write.reference
    return WrittenPolicy(
        about.namespace or policy.namespace or None, about.name or policy.name or None, policy
    )
