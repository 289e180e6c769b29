"""Users' regexes, matched by an engine that does not backtrack.

Python's `re` tries alternatives one after another: `(a|aa)+!` takes for ever on some lines, cannot
be interrupted, and whoever writes a log line chooses the line. RE2 reads each character once,
whatever the pattern; what it cannot do that way (look around, refer back) it refuses to compile.
The memory of a pattern is bounded, and so is its time a character.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

_MAX_PATTERN_BYTES = 1 << 15
"""About a thousand steps, each of which a character may cost: `\\S{1,300}` fits."""


class Found(Protocol):
    """Where a pattern holds, as `re.Match` and RE2's own class tell it."""

    def start(self) -> int:
        """Return the offset of its first character."""

    def groupdict(self) -> dict[str, str | None]:
        """Return its named groups."""


class Searchable(Protocol):
    """A compiled pattern, of `re` or of RE2."""

    def finditer(self, text: str, pos: int, endpos: int, /) -> Iterator[Found]:
        """Yield where it holds between two offsets."""


class NotLinearError(ValueError):
    """A regex cannot be matched without backtracking; the text says why."""


@lru_cache(maxsize=512)
def compile_linear(regex: str) -> Searchable:
    """Compile a user's regex; raises `NotLinearError`."""
    # Only a catalogue with private entries needs it: it costs some milliseconds to import.
    import re2  # noqa: PLC0415

    options = re2.Options()
    options.max_mem = _MAX_PATTERN_BYTES
    options.log_errors = False
    try:
        pattern: Searchable = re2.compile(regex, options)
    except re2.error as error:
        reason = error.args[0]
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise NotLinearError(f"cannot be matched in bounded time (RE2): {said}") from None
    return pattern
