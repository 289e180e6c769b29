"""The catalogue on any text: bounded fields, true places, no exception; the first byte is the
component that wrote the text."""

import json
from collections.abc import Iterator

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.matcher import Match, Matcher, lowered
from netpolwatch.catalogue.panics import find_panic
from netpolwatch.ingest import origin
from tests.fuzz import seeds as corpus
from tests.fuzz.promises import text_of

_COMPONENTS = (
    None,
    origin.AGENT,
    origin.AWS_NODE,
    origin.IPAMD,
    origin.AUDIT,
    origin.SCHEDULER,
    origin.APPLICATION,
    "kube-proxy",
)
_MAX_VALUE_CHARS = 200
_matcher = Matcher(default_entries())


def check(data: bytes) -> None:
    component = _COMPONENTS[data[0] % len(_COMPONENTS)] if data else None
    text = text_of(data[1:])
    matches = _matcher.match_text(text, component)
    keys = [(match.entry.id, match.rule.strength) for match in matches]
    assert keys == sorted(set(keys)), "at most one match an issue and strength"
    for match in matches:
        _check_match(match, text)
    panic = find_panic(text, component)
    assert panic is None or panic.message in text


def seeds() -> Iterator[bytes]:
    for number in range(len(_COMPONENTS)):
        for line in corpus.lines():
            if any(anchor in line for anchor in _anchors()):
                yield bytes([number]) + line.encode()
    for anchor in _anchors():
        yield b"\0" + anchor.encode()


def _anchors() -> list[str]:
    rules = [rule for entry in default_entries() for rule in entry.rules]
    return sorted({anchor for rule in rules for anchor in rule.anchors})


def _check_match(match: Match, text: str) -> None:
    anchors: tuple[str, ...] = match.rule.anchors
    if match.rule.ignore_case:
        text, anchors = lowered(text), tuple(lowered(anchor) for anchor in anchors)
    assert text.startswith(anchors, match.at)
    json.dumps(match.fields)
    for value in match.fields.values():
        assert value is None or type(value) in (str, int)
        assert not isinstance(value, str) or len(value) <= _MAX_VALUE_CHARS
