"""The prefix of a container runtime's log file: `2022-06-29T14:30:21.815462921Z stdout F text`.

A line longer than 16 KB is cut into pieces with the tag `P`; the last has `F`.
"""

import re

from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.ingest.wrappers.model import Part, Peeled

_PREFIX = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))"
    r" (?P<stream>stdout|stderr) (?P<tag>[FP])(?::[A-Za-z:]{1,20})?(?: |$)"
)


def peel(text: str) -> Peeled | None:
    """Take the prefix off a line; `None` where there is none."""
    found = _PREFIX.match(text)
    if found is None:
        return None
    piece = text[found.end() :]
    part = Part(found["stream"], piece, found["tag"] == "P")
    return Peeled(piece, milliseconds(found["time"]), part=part)
