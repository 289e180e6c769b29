"""One event of a file."""

import msgspec

from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.wrappers.model import Unwrapped


class Record(msgspec.Struct, frozen=True):
    """One event of a file.

    Attributes
    ----------
    line
        Number of the record in the input, from 1: of the line, where a line is a record.
    trace
        The lines that belong to a panic in plain text, without the panic itself.
    unwrapped
        What the event held, once it was unwrapped; `event` has the same text then.
    goes_on
        The next record is another line of the same event, and has its number.
    """

    line: int
    event: LogEvent
    log_group: str = ""
    log_stream: str = ""
    trace: str = ""
    unwrapped: Unwrapped | None = None
    goes_on: bool = False
