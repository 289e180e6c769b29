"""YAML lists of events and objects: `aws logs … --output yaml`, `kubectl … -o yaml`.

An item is read at a time, from its `- ` to the next one of the same depth: nothing that is longer
than one event is held. What is no YAML comes out as the lines that it is.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import yaml

from netpolwatch.ingest.events import MAX_MESSAGE_CHARS, LogEvent
from netpolwatch.ingest.exports import parts
from netpolwatch.ingest.losses import Losses
from netpolwatch.ingest.record import Record

_MAX_ITEM_CHARS: Final = 4 * MAX_MESSAGE_CHARS
_ITEM: Final = re.compile(r"(?P<indent> {0,8})- ")


def read(lines: Iterable[bytes], numbers: Iterator[int], losses: Losses) -> Iterator[Record]:
    """Yield the records of a list's items; lines around the list say nothing."""
    for item in _items(line.decode("utf-8", "replace") for line in lines):
        value = _value(item)
        if value is None:
            for line in item.splitlines():
                yield Record(next(numbers), LogEvent(line[:MAX_MESSAGE_CHARS]))
        else:
            yield from parts.records_of(value, numbers, losses)


def _items(lines: Iterable[str]) -> Iterator[str]:
    indent: int | None = None
    held: list[str] = []
    size = 0
    for line in lines:
        found = _ITEM.match(line)
        if found and indent is None:
            indent = len(found["indent"])
        begins = found is not None and len(found["indent"]) == indent
        ends = _is_outside(line, indent)
        if (begins or ends or size > _MAX_ITEM_CHARS) and held:
            yield "".join(held)
            held, size = [], 0
        if begins or held:
            held.append(line if line.endswith("\n") else f"{line}\n")
            size += len(line)
    if held:
        yield "".join(held)


def _is_outside(line: str, indent: int | None) -> bool:
    """Whether a line is a key of the object around the list."""
    return indent is not None and bool(line.strip()) and not line.startswith((" ", "-", "\t"))


def _value(item: str) -> Any | None:  # noqa: ANN401  # YAML
    """Return an item's value; `None` where it is no YAML, or holds an alias."""
    try:
        for event in yaml.parse(item, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent):
                return None
        value = yaml.load(item, Loader=_Loader)  # noqa: S506  # a safe loader, without tags
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return value[0] if isinstance(value, list) and len(value) == 1 else None


class _Loader(yaml.CSafeLoader):
    """Safe; a plain scalar is a text, but for whole numbers, truth and null."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _name, _pattern, _first in (
    ("null", r"(?:null|~|)$", ["n", "~", ""]),
    ("bool", r"(?:true|false)$", ["t", "f"]),
    ("int", r"-?(?:0|[1-9]\d{0,17})$", list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(_pattern), _first)
