"""An event as a tool wrote it: `filter-log-events`, or a line of a canonical event file."""

from netpolwatch.ingest.origin import origin_of
from netpolwatch.ingest.wrappers import facts, json_text
from netpolwatch.ingest.wrappers.insights import log_name
from netpolwatch.ingest.wrappers.json_text import Fields
from netpolwatch.ingest.wrappers.model import Peeled

KEYS = frozenset({
    "id", "timestamp", "logGroup", "logStream", "message",
    # `aws logs filter-log-events` names the same things so:
    "eventId", "logStreamName", "ingestionTime",
})  # fmt: skip
_TELLING = KEYS - {"id", "timestamp", "message"}
"""An application's own JSON may have the other three."""


def peel(fields: Fields) -> Peeled | None:
    """Take the message out of an event; `None` for anything else."""
    if _TELLING.isdisjoint(fields) or not fields.keys() <= KEYS:
        return None
    text = json_text.text_of(fields, "message")
    if text is None:
        return None
    stream = "logStream" if "logStream" in fields else "logStreamName"
    names = (log_name(json_text.value_of(fields, key)) for key in ("logGroup", stream))
    origin = origin_of(*names)
    time = json_text.time_of(json_text.value_of(fields, "timestamp"))
    return Peeled(text, time, facts.of_stream(origin))
