"""JSON that the strict decoder refuses, read as far as it makes sense.

Invalid UTF-8, raw control characters, lone surrogates, numbers without end.
"""

import json
from typing import Any

_MAX_BYTES = 2 * 1024 * 1024
"""A message of 1 MB and its escapes; beyond it an object of small parts would fill the memory."""

_MAX_DIGITS = 20


def read_object(data: bytes) -> dict[str, Any] | None:
    """Read a JSON object; `None` where there is none."""
    if len(data) > _MAX_BYTES:
        return None
    try:
        value = _decoder.decode(data.decode("utf-8", "replace"))
    except (json.JSONDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def raw_object_end(text: str, at: int) -> int | None:
    """Find where the JSON object ends that starts at `at`; `None` where there is none."""
    if not text.startswith("{", at):
        return None
    try:
        return _decoder.raw_decode(text, at)[1]
    except (json.JSONDecodeError, RecursionError):
        return None


def read_value(text: str, at: int) -> tuple[Any, int]:
    """Read the JSON value that starts at `at`, and tell where it ends; raises `ValueError`."""
    try:
        return _decoder.raw_decode(text, at)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def without_surrogates(text: str) -> str:
    """Replace lone surrogates, which JSON can spell and UTF-8 cannot write."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _integer(digits: str) -> int | None:
    # Python refuses to convert thousands of digits, and nothing here needs more than 64 bits.
    return int(digits) if len(digits) <= _MAX_DIGITS else None


_decoder = json.JSONDecoder(strict=False, parse_int=_integer)
