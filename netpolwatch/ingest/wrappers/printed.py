"""What a tool printed before a line.

k9s, stern and kubectl print a container, the console a time, `aws logs tail` a time and a stream.
"""

import re
from typing import Final

from netpolwatch.ingest.origin import origin_of
from netpolwatch.ingest.prefix import printed_by, without_container, without_time
from netpolwatch.ingest.wrappers import facts
from netpolwatch.ingest.wrappers.model import Peeled

_STREAM: Final = re.compile(r"(?P<stream>[\w./:-]{8,512}) (?=\S)", re.ASCII)


def peel_container(text: str) -> Peeled | None:
    """Take the container off every line of a text that k9s, stern or kubectl printed."""
    printed = printed_by(text)
    if printed is None:
        return None
    told = facts.of_container(printed.pod, printed.namespace, printed.container)
    return Peeled(without_container(text), facts=told)


def peel_tail(text: str) -> Peeled | None:
    """Take the time and the stream off a line of `aws logs tail`, if the stream is one we know."""
    copied = without_time(text)
    found = _STREAM.match(copied.text) if copied.timestamp is not None else None
    if found is None:
        return None
    origin = origin_of("", found["stream"])
    if origin.known_component is None:
        return None
    return Peeled(copied.text[found.end() :], copied.timestamp, facts.of_stream(origin))


def peel_time(text: str) -> Peeled | None:
    """Take a console's time off a line that is wrapped in something else."""
    copied = without_time(text)
    # Before a bare line the time is its own: the grammars read it there.
    if copied.timestamp is None or not copied.text.startswith(("{", '"{', "Node: ")):
        return None
    return Peeled(copied.text, copied.timestamp)
