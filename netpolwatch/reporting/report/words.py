"""Times, lengths and counts in words, the same in every rendering of a report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from netpolwatch.ingest.timestamps import rfc3339

_SECOND_MS: Final = 1000
_MINUTE_MS: Final = 60 * _SECOND_MS
_HOUR_MS: Final = 60 * _MINUTE_MS
_DAY_MS: Final = 24 * _HOUR_MS
_UNITS: Final = (("d", _DAY_MS), ("h", _HOUR_MS), ("min", _MINUTE_MS), ("s", _SECOND_MS))
_LONG_DAYS: Final = 10
_SENTENCES: Final = 2


def length_text(length_ms: int) -> str:
    """Return a length of time in its two largest units: `1 h 58 min`, `175 d`, `0 s`."""
    if length_ms >= _LONG_DAYS * _DAY_MS:
        return f"{length_ms // _DAY_MS:,} d"
    for number, (unit, size) in enumerate(_UNITS):
        if length_ms < size:
            continue
        text = f"{length_ms // size:,} {unit}"
        smaller = _UNITS[number + 1 : number + 2]
        rest = length_ms % size // smaller[0][1] if smaller else 0
        return f"{text} {rest} {smaller[0][0]}" if rest and unit != "min" else text
    return "0 s"


def stamp(time_ms: int | None) -> str:
    """Return a time with its date: `2026-06-09 15:29 UTC`."""
    text = rfc3339(time_ms)
    return "an unknown time" if text is None else f"{text[:10]} {text[11:16]} UTC"


def span_of(first_ms: int | None, last_ms: int | None) -> str:
    """Return two times and what lies between: `2026-06-09 15:29 to 17:27 UTC (1 h 58 min)`."""
    if first_ms is None or last_ms is None:
        return stamp(last_ms if first_ms is None else first_ms)
    start, end = stamp(first_ms), stamp(last_ms)
    if start == end:
        return start
    end = end[11:] if start[:10] == end[:10] else end
    return f"{start.removesuffix(' UTC')} to {end} ({length_text(last_ms - first_ms)})"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return a count with its noun: `1 file`, `2,000 files`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(names: Sequence[str], limit: int = 3) -> str:
    """Return the first few names, and how many more there are."""
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit:,} more" if len(names) > limit else shown


def first_sentences(text: str, limit: int = _SENTENCES) -> str:
    """Return the first sentences of a paragraph."""
    words, ends = text.split(" "), 0
    for number, word in enumerate(words, start=1):
        # An abbreviation or a version goes on with a small letter or a digit.
        following = words[number : number + 1]
        if word.endswith((".", ".)")) and (not following or following[0][:1].isupper()):
            ends += 1
        if ends == limit:
            return " ".join(words[:number])
    return text


@dataclass(frozen=True, slots=True)
class Clock:
    """Writes the times of one window (ms since 1970, UTC), with a date only where one is needed.

    Attributes
    ----------
    first_ms, last_ms
        The ends of the window, `None` where no event had a time.
    """

    first_ms: int | None
    last_ms: int | None

    def moment(self, time_ms: int | None) -> str:
        """Return a time of day, with its date where the time of day alone may be another day's."""
        text = rfc3339(time_ms)
        if text is None or time_ms is None:
            return "an unknown time"
        return text[11:16] if self._is_plain(time_ms, text) else f"{text[:10]} {text[11:16]}"

    def _is_plain(self, time_ms: int, text: str) -> bool:
        """Whether a window of less than a day holds a time, or its first day does."""
        if self.first_ms is None or self.last_ms is None:
            return False
        is_short = self.last_ms - self.first_ms < _DAY_MS
        is_within = self.first_ms - _HOUR_MS <= time_ms <= self.last_ms + _HOUR_MS
        return (is_short and is_within) or (rfc3339(self.first_ms) or "")[:10] == text[:10]

    def since(self, first_ms: int | None, last_ms: int | None) -> str:
        """Return since when something goes on and for how long: `since 15:29, for 1 h 58 min`."""
        if first_ms is None or self.last_ms is None:
            return "at an unknown time"
        text = f"since {self.moment(first_ms)}, for {length_text(self.last_ms - first_ms)}"
        if last_ms is not None and self.moment(last_ms) != self.moment(self.last_ms):
            text += f", last {self.moment(last_ms)}"
        return text

    def span(self, first_ms: int | None, last_ms: int | None) -> str:
        """Return from when to when something was: `16:12 to 16:43`."""
        if first_ms is None or last_ms is None:
            return "at an unknown time"
        start, end = self.moment(first_ms), self.moment(last_ms)
        return f"at {start}" if start == end else f"{start} to {end}"

    def between(self, first_ms: int | None, last_ms: int | None) -> str:
        """Return when something was, and how long ago it ended when the log ends."""
        text = self.span(first_ms, last_ms)
        if last_ms is None or self.last_ms is None or self.last_ms - last_ms < _MINUTE_MS:
            return text
        return f"{text}, ended {length_text(self.last_ms - last_ms)} before the log's end"
