"""What is wrong with a value of a file, in words for who wrote it: pydantic speaks of its types."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

NO_SUCH_KEY: Final = "no such key"
_SHAPES: Final[Mapping[str, str]] = {
    "tuple_type": "must be a list: [one, another]",
    "list_type": "must be a list: [one, another]",
    "dict_type": "must be a mapping: {key: value}",
    "mapping_type": "must be a mapping: {key: value}",
    "model_type": "must be a mapping: {key: value}",
    "dataclass_type": "must be a mapping: {key: value}",
    "string_type": "must be a text",
    "extra_forbidden": NO_SUCH_KEY,
    "missing": "is missing",
}
_BOUNDED: Final[Mapping[str, str]] = {
    "too_short": "must have at least {min_length}",
    "too_long": "must have at most {max_length}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "greater_than": "must be more than {gt}",
    "less_than": "must be less than {lt}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
}
"""By pydantic's type of a problem; what stands in braces is in its context."""

_PATTERNS: Final[Mapping[str, str]] = {
    "slack_secret_arn": "must be the ARN of a secret: put the webhook's address into Secrets"
    " Manager (aws secretsmanager create-secret), and give its ARN here",
    "email": "is no e-mail address",
    "name": "is no such name: EKS allows letters, digits, - and _ for a cluster, CloudWatch also"
    " . / and # for a log group",
    "log_groups": "is no log group's name: letters, digits and . - _ / #",
    "stack_name": "is no stack's name: a letter, then letters, digits and -, at most 40",
    "event_bus": "is no event bus' name: letters, digits and . - _",
}
"""What a value looks like, by its key."""

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
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _SHAPES:
        return _SHAPES[kind]
    if kind in _BOUNDED:
        return _BOUNDED[kind].format(**context)
    if kind == "string_pattern_mismatch":
        # A regular expression is no sentence: what a value looks like is.
        return _PATTERNS.get(
            _key_of(detail["loc"]), f"must match the pattern {context.get('pattern')}"
        )
    return str(detail["msg"]).removeprefix("Value error, ")


def _key_of(place: tuple[Any, ...]) -> str:
    """Return the last key of a place: lists have numbers."""
    return next((str(part) for part in reversed(place) if not isinstance(part, int)), "")


def _has_within(place: tuple[Any, ...], places: Iterable[tuple[Any, ...]]) -> bool:
    return any(other[: len(place)] == place and other != place for other in places)
