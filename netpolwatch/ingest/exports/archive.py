"""An export task's files in S3: `2023-12-06T14:25:58.455Z message`, an event a line."""

import re

from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.ingest.wrappers import cri

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (?=\S)")


def event_of(line: str) -> LogEvent | None:
    """Take a line apart; `None` for any other, and for a container runtime's, which is alike."""
    found = _TIME.match(line)
    if found is None or cri.peel(line) is not None:
        return None
    time = milliseconds(found[1])
    return None if time is None else LogEvent(line[found.end() :], timestamp=time)
