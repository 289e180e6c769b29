"""Entries become a module that imports in a millisecond: no YAML, no pydantic."""

from collections.abc import Sequence

import msgspec

from netpolwatch.catalogue.model import Entry

_MODULE = '''"""The compiled catalogue. Generated: change the entries' YAML files instead."""

import msgspec

from netpolwatch.catalogue.model import Entry

ENTRIES: tuple[Entry, ...] = msgspec.json.decode(
    {data!r},
    type=tuple[Entry, ...],
)
'''


def compiled_source(entries: Sequence[Entry]) -> str:
    """Write the source of a module whose `ENTRIES` are these entries."""
    return _MODULE.format(data=msgspec.json.encode(entries, order="deterministic"))
