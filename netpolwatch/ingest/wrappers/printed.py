"""What a tool printed before a line: k9s, stern and kubectl a container, the console a time."""

from netpolwatch.ingest.prefix import printed_by, without_container, without_time
from netpolwatch.ingest.wrappers import facts
from netpolwatch.ingest.wrappers.model import Peeled


def peel_container(text: str) -> Peeled | None:
    """Take the container off every line of a text that k9s, stern or kubectl printed."""
    printed = printed_by(text)
    if printed is None:
        return None
    told = facts.of_container(printed.pod, printed.namespace, printed.container)
    return Peeled(without_container(text), facts=told)


def peel_time(text: str) -> Peeled | None:
    """Take a console's time off a line that is wrapped in something else."""
    copied = without_time(text)
    # Before a bare line the time is its own: the grammars read it there.
    if copied.timestamp is None or not copied.text.startswith(("{", '"{', "Node: ")):
        return None
    return Peeled(copied.text, copied.timestamp)
