"""Flow lines of one stream by the hundred: read once, compared with one another.

Lines that end alike (protocol, verdict, tier) are one group. A group's first line is read by its
grammar; the others are flows of the same kind if nothing is left of them, without their digits and
dots, that is not left of the first. That is decided for the whole group at once, at memory speed;
a group in which one line differs is not taken, and its lines are read one by one. The ends of a
DENY are then read in full; those of an ACCEPT are only counted, so that one with an impossible
address counts, too.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from netpolwatch.flows import cloudwatch
from netpolwatch.flows.group import Group
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.wrappers.unwrap import may_be_wrapped

_MAX_LINE_CHARS = 600
_SMALL = 3
"""A group of fewer lines is read faster line by line."""

_PROBED = 50
"""Events looked at before a form is tried on all of them."""

_VARYING = b"0123456789."
_TUPLE = ";SIP: "
_SEPARATORS = (cloudwatch.MARK, " Proto", '"Proto"')
_TIME = re.compile(r'"(?:ts|timestamp)": ?"(?=[0-9T:.-]{23}Z")')


def take_groups(events: Sequence[LogEvent]) -> tuple[list[Group], list[LogEvent]]:
    """Take the groups of flows out of a stream's events; returns them and the other events."""
    groups: list[Group] = []
    others = list(events)
    for separator in _separators(events):
        by_tail, others = _by_tail(others, separator)
        for alike in by_tail.values():
            group = _group(alike, separator)
            if group is None:
                others.extend(alike)
            else:
                groups.append(group)
    return groups, others


def _separators(events: Sequence[LogEvent]) -> list[str]:
    """Tell which forms to look for: one that is rare in a stream is read line by line."""
    probed = [event.message for event in events[:: 1 + len(events) // _PROBED]]
    return [separator for separator in _SEPARATORS if any(separator in text for text in probed)]


def _by_tail(
    events: Sequence[LogEvent], separator: str
) -> tuple[dict[str, list[LogEvent]], list[LogEvent]]:
    by_tail: defaultdict[str, list[LogEvent]] = defaultdict(list)
    others: list[LogEvent] = []
    for event in events:
        _, found, tail = event.message.rpartition(separator)
        if found:
            by_tail[tail].append(event)
        else:
            others.append(event)
    return by_tail, others


def _group(events: list[LogEvent], separator: str) -> Group | None:
    if len(events) < _SMALL or may_be_wrapped(events[0].message):
        return None
    messages = [event.message for event in events]
    first = parse_flow(messages[0])
    if first is None or not _is_plain(first):
        return None
    tail_chars = len(messages[0]) - messages[0].rindex(separator)
    if first.form == "cloudwatch":
        keys = _published_keys(messages, tail_chars)
        return None if keys is None else Group.published(first, events, keys)
    time = _TIME.search(messages[0])
    # A time in another zone than UTC is left to the grammars.
    if (time is None) != (first.timestamp is None) or not _alike(messages):
        return None
    return Group.filed(first, events, tail_chars, time and time.end())


def _is_plain(flow: Flow) -> bool:
    # IPv6 has letters and colons, which are also a line's own: those are read one by one.
    addresses = flow.source_ip, flow.destination_ip
    return all(address is not None and ":" not in address for address in addresses)


def _published_keys(messages: list[str], tail_chars: int) -> list[str] | None:
    """Cut the tuples out of CloudWatch lines; `None` when they differ in more than tuples."""
    start = messages[0].index(_TUPLE) + len(_TUPLE)
    head = messages[0][:start]
    # What stands between two texts in order begins as they do.
    if not (min(messages).startswith(head) and max(messages).startswith(head)):
        return None
    keys = [message[start:-tail_chars] for message in messages]
    return keys if _alike(keys) else None


def _alike(texts: list[str]) -> bool:
    """Tell whether texts differ in digits and dots only."""
    if len(max(texts, key=len)) > _MAX_LINE_CHARS:
        return False
    text = "\n".join(texts)
    if not text.isascii():
        return False
    shape = texts[0].encode().translate(None, _VARYING) + b"\n"
    return (text.encode() + b"\n").translate(None, _VARYING) == shape * len(texts)
