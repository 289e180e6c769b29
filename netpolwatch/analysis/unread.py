"""Lines that hold the words of a verdict or of a known fault, and of which nothing was read."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.flows.remains import holds_verdict

Unread = Literal["verdict", "fault"]

WORDS_OF: Final[dict[Unread, str]] = {"verdict": "a verdict", "fault": "a known fault"}
"""What the lines of each kind hold the words of."""

MAX_EXAMPLE_CHARS: Final = 400


@dataclass(slots=True)
class UnreadLines:
    """Counts of such lines by kind, with the first of each.

    Attributes
    ----------
    examples
        At most `MAX_EXAMPLE_CHARS` of one line of each kind.
    """

    counts: Counter[Unread] = field(default_factory=Counter)
    examples: dict[Unread, str] = field(default_factory=dict)

    def count(self, kind: Unread, text: str) -> None:
        """Count one line."""
        self.counts[kind] += 1
        self.examples.setdefault(kind, text[:MAX_EXAMPLE_CHARS])

    def add(self, other: "UnreadLines") -> None:
        """Take in the lines of another part of the input; the first examples stay."""
        self.counts.update(other.counts)
        self.examples = other.examples | self.examples


def unread_kind(
    text: str,
    component: str | None,
    matcher: Matcher,
    anchors: Sequence[int] | None = None,
    *,
    flows: bool,
) -> Unread | None:
    """Return what a line holds the words of that says nothing; `None` for any other line.

    `flows` is whether its writer is believed to write verdicts, `anchors` are those that the
    matcher found in the line already.
    """
    if anchors is not None and not anchors:
        return None
    if flows and holds_verdict(text):
        return "verdict"
    return "fault" if matcher.resembles(text, component, anchors) else None
