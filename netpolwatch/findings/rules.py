"""How often people are told: what a deployment may set, with defaults that need no setting."""

import msgspec

_MINUTE_MS = 60_000


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When what is known is told; all intervals in ms.

    Attributes
    ----------
    repeat_interval_ms
        A finding that goes on is told again after this time.
    group_interval_ms
        What a group's first message does not tell waits so long for the next one.
    digest_interval_ms
        New denied conversations wait at most so long for their cluster's digest.
    messages_an_hour
        Ceiling of messages; what it holds back is told once, at the hour's end.
    critical_an_hour
        Messages of critical severity that may go beyond that ceiling.
    tell_resolved
        Whether the end of a finding that was told is told, too.
    """

    repeat_interval_ms: int = 24 * 60 * _MINUTE_MS
    group_interval_ms: int = 10 * _MINUTE_MS
    digest_interval_ms: int = 15 * _MINUTE_MS
    messages_an_hour: int = 60
    critical_an_hour: int = 20
    tell_resolved: bool = True


DEFAULT_RULES = Rules()
