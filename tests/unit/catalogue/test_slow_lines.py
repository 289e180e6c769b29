"""No line makes an entry slow: the time for a megabyte is bounded, whatever stands in it."""

import re
import time
from collections.abc import Iterator
from itertools import product

import pytest

from netpolwatch.catalogue.loader import load
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.model import Entry, Rule

ENTRIES = [entry for entry in load() if any(rule.anchors for rule in entry.rules)]
MEGABYTE = 1_000_000
MAX_CPU_SECONDS = 2.0
"""Hundreds of times what any entry needs here; a pattern that backtracks needs minutes."""


def _fillers(rule: Rule) -> Iterator[str]:
    """Texts that a pattern's loops and alternatives may go round in: its own literals, too."""
    yield from ("a", "0", " ", '"', "\\", "(", "a.", "0, ", 'x="', "{", "\t")
    literals = re.findall(r"[A-Za-z ]{3,}", rule.regex or "")
    yield from dict.fromkeys(literals[:4])


def _lines(rule: Rule) -> Iterator[str]:
    for anchor in rule.anchors[:3]:
        for filler in _fillers(rule):
            near = filler * (6_000 // len(filler))
            block = f"{near}{anchor}{near}"
            yield (block * (MEGABYTE // len(block) + 1))[:MEGABYTE]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_a_megabyte_around_an_entrys_anchors_is_read_in_bounded_time(entry: Entry) -> None:
    matcher = Matcher([entry])
    for rule in entry.rules:
        components = {next(iter(sorted(rule.components)), None), None}
        for line, component in product(_lines(rule), components):
            started = time.process_time()
            matcher.match_text(line, component)
            assert time.process_time() - started < MAX_CPU_SECONDS, (rule.name, line[:60])
