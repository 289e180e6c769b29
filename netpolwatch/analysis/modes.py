"""What the agent's own lines say of its enforcing mode, as facts about the cluster."""

from collections.abc import Iterable
from typing import Final

from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import AGENT, AWS_NODE, Origin
from netpolwatch.ingest.prefix import written_time
from netpolwatch.kubernetes.facts import EnforcingModeSeen
from netpolwatch.verdicts.window.facts import EnforcingMode, fact_of

_BELIEVED: Final = (AGENT, AWS_NODE, None)
"""Any pod can print the words; what is judged by them must not be open to all."""

_MICROSECONDS: Final = 1000


def mode_said(event: LogEvent, origin: Origin) -> EnforcingModeSeen | None:
    """Read the mode that a line of the agent tells; `None` for any other line, or without time."""
    if origin.shared or origin.component not in _BELIEVED:
        return None
    fact = fact_of(event.message)
    if not isinstance(fact, EnforcingMode):
        return None
    written = written_time(event.message)
    time = event.timestamp if written is None else written
    if time is None:
        return None
    source, at_us = "the agent's own line", time * _MICROSECONDS
    return EnforcingModeSeen(strict=fact.strict, node=origin.node, at_us=at_us, source=source)


def modes_said(lines: Iterable[tuple[LogEvent, Origin]]) -> list[EnforcingModeSeen]:
    """Give the modes that a batch's lines tell, each once: the agent repeats it for every pod."""
    said: dict[tuple[str | None, bool], EnforcingModeSeen] = {}
    for event, origin in lines:
        fact = mode_said(event, origin)
        if fact is not None:
            said.setdefault((fact.node, fact.strict), fact)
    return list(said.values())
