"""What is wrong with a value of a file, in words for who wrote it: pydantic speaks of its types."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

_SHAPES: Final[Mapping[str, str]] = {
    "tuple_type": "must be a list: [one, another]",
    "list_type": "must be a list: [one, another]",
    "dict_type": "must be a mapping: {key: value}",
    "mapping_type": "must be a mapping: {key: value}",
    "model_type": "must be a mapping: {key: value}",
    "dataclass_type": "must be a mapping: {key: value}",
    "string_type": "must be a text",
    "extra_forbidden": "no such key",
    "missing": "is missing",
}
_AGAIN: Final = "too_short"
"""Said of a list, too, when what it holds was refused."""


def problems_of(details: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Give each problem's place (`clusters.0.name`, empty for the whole file) and reason."""
    told = list(details)
    places = [tuple(detail["loc"]) for detail in told]
    return [
        (".".join(map(str, place)), _reason(detail))
        for place, detail in zip(places, told, strict=True)
        if detail["type"] != _AGAIN or not _has_within(place, places)
    ]


def _reason(detail: Mapping[str, Any]) -> str:
    return _SHAPES.get(detail["type"], str(detail["msg"]).removeprefix("Value error, "))


def _has_within(place: tuple[Any, ...], places: Iterable[tuple[Any, ...]]) -> bool:
    return any(other[: len(place)] == place and other != place for other in places)
