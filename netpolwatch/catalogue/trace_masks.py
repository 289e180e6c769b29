"""What makes two Go panics the same: their words and frames, without what every run changes."""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

_MAX_MESSAGE_CHARS = 400
_DIGITS = 16

# In this order: a UUID holds numbers and an address holds dots, so the wider mask comes first.
MASKS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("uuid", re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b")),
    ("arn", re.compile(r"\barn:aws[a-z-]{0,10}:[A-Za-z0-9:/_.*-]{1,300}")),
    # At least two colons: a plain `12:30` or `Logs: x` is no IPv6 address.
    (
        "ip",
        re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"),
    ),
    # Four octets: a version of three numbers is left to `number`.
    ("ip", re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")),
    ("hex", re.compile(r"\b0x[0-9a-fA-F]{1,16}\b")),
    # ENIs, instances and veths: letters, then enough hex that no word is meant.
    ("id", re.compile(r"\b(?:eni|i|vlan)-?[0-9a-f]{8,17}\b")),
    # Not within a word: `IPv4`, `http2` and `func1` keep their meaning.
    ("number", re.compile(r"(?<![\w.])\d{1,20}(?:\.\d{1,20}){0,3}(?![\w])")),
)

_FRAME_MASKS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # A module's version stands in a vendored package's path: an update is not another fault.
    (re.compile(r"@v\d[\w.+-]{0,80}"), ""),
    # The compiler numbers closures: `.func1.2`, and `.gowrap1` from Go 1.21 on.
    (re.compile(r"\.(func|gowrap|deferwrap)\d{1,4}(?:\.\d{1,4}){0,4}"), r".\1"),
    # A generic function's types are printed only as `[...]`, and only by some versions.
    (re.compile(r"\[\.\.\.\]"), ""),
    # Copies from narrow windows have a blank before the receiver.
    (re.compile(r"\.\s+\("), ".("),
)


def fingerprint(message: str, frames: Sequence[str]) -> str:
    """Name a panic by its words and its frames: 16 hex digits, the same in every run.

    Goroutine numbers, arguments, offsets and line numbers never enter: a frame is the name of its
    function. Addresses and numbers of the message are masked.
    """
    parts = [masked(message[:_MAX_MESSAGE_CHARS]), *map(masked_frame, frames)]
    return sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:_DIGITS]


def masked(text: str) -> str:
    """Put a mask's name where a value stood."""
    text = text.removesuffix(" [recovered]").removesuffix(" [recovered, repanicked]")
    for name, pattern in MASKS:
        text = pattern.sub(f"<{name}>", text)
    return text


def masked_frame(frame: str) -> str:
    """Take out of a function's name what the compiler or a copy put there."""
    for pattern, written in _FRAME_MASKS:
        frame = pattern.sub(written, frame)
    return frame
