"""What the lines of the agent's node file have in common: zap's JSON, at every version."""

from typing import Any

import msgspec

from netpolwatch.ingest.timestamps import milliseconds


def time_of(fields: dict[str, Any]) -> int | None:
    """Read a line's own time in ms since 1970 (UTC): `timestamp` up to v1.0.2, `ts` since."""
    text = fields.get("ts", fields.get("timestamp"))
    return milliseconds(text) if isinstance(text, str) else None


def write_line(fields: dict[str, Any]) -> str:
    """Write a line; what is `None` is left out."""
    known = {key: value for key, value in fields.items() if value is not None}
    return msgspec.json.encode(known).decode()
