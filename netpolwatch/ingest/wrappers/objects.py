"""Several JSON objects on one physical line, with nothing or blanks between them.

Seen in public reports of the agent's file (aws-network-policy-agent issues 280 and 401).
"""

import re

from netpolwatch.ingest.lenient import raw_object_end

_BLANKS = re.compile(r"\s*")
_SEAM = re.compile(r"\}\s{0,16}\{")


def has_seam(text: str) -> bool:
    """Tell cheaply whether one object may end and another begin: within JSON, a comma would be."""
    return _SEAM.search(text) is not None


def split(text: str, most: int) -> list[str]:
    """Split a text into its objects; empty where it is not at least two of them.

    What follows the last whole object, or the first `most` of them, is the last piece.
    """
    pieces: list[str] = []
    at = 0
    while at < len(text) and len(pieces) < most - 1:
        end = raw_object_end(text, at)
        if end is None:
            break
        pieces.append(text[at:end])
        blanks = _BLANKS.match(text, end)
        at = blanks.end() if blanks else end
    if pieces and at < len(text):
        pieces.append(text[at:])
    return pieces if len(pieces) > 1 else []
