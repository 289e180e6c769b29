"""Times as they stand in log text, and as we write them."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(text: str) -> int | None:
    """Read an ISO 8601 time as ms since 1970 (UTC); a time without a zone is taken as UTC.

    `Z`, `+02:00` and `+0200` are read: the agent writes the last when the node's zone is not UTC.
    Returns `None` for anything else.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


def rfc3339(timestamp: int | None) -> str | None:
    """Write ms since 1970 as RFC 3339 UTC with ms; `None` for no time or one beyond year 9999."""
    if timestamp is None:
        return None
    try:
        moment = _EPOCH + timedelta(milliseconds=timestamp)
    except OverflowError:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
