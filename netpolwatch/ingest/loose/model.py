"""A text that may be a line, and what stands beside it."""

from typing import NamedTuple

from netpolwatch.ingest.wrappers.model import NO_FACTS, Facts


class Offer(NamedTuple):
    """A text within another one.

    Attributes
    ----------
    timestamp
        The time beside it, ms since 1970 (UTC).
    quoted
        Whether a person or another program may quote somebody's words here: then only what is
        whole in its own form counts.
    record, string
        Numbers of the record, and of the string in it: a record may tell its line twice.
    opens
        Whether something may stand within it that is not offered by itself.
    """

    text: str
    timestamp: int | None = None
    facts: Facts = NO_FACTS
    quoted: bool = False
    record: int = 0
    string: int = 0
    opens: bool = True
