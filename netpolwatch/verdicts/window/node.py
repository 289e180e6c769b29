"""What is known of one node: its accepted and its dropped tuples, and its agent's doings."""

from collections.abc import Callable, Sequence
from typing import Final

from netpolwatch.verdicts.window.beats import Beats
from netpolwatch.verdicts.window.facts import (
    AgentStart,
    CleanupCycle,
    CleanupPeriod,
    ConntrackDelete,
    EnforcingMode,
    Fact,
    MapFailure,
    ProbesAttached,
    ProbesKept,
)
from netpolwatch.verdicts.window.keys import STYLES, Style, conversation_of
from netpolwatch.verdicts.window.moments import Span, near
from netpolwatch.verdicts.window.timeline import Timeline
from netpolwatch.verdicts.window.tuples import TupleLog

MAX_TUPLES: Final = 16_384
MAX_CONVERSATIONS: Final = 1024
"""Of one node, style and protocol. To take a key apart costs more than to keep it whole."""

MAX_DROPS: Final = 4096
"""Dropped tuples of one node, style and protocol: the neighbours of the one that is judged."""

_MAX_REPEATS = 32
"""Moments kept of a dropped tuple: a SYN is repeated six times."""

_MAX_PROTOCOLS = 4
_PERIODS_S = range(10, 86_401)
_SAME_PASS = Span(ms=1000, lines=20)
"""A pod's attachment and the word that it was attached before stand this near."""


class Seen:
    """Tuples of one style and protocol that had one verdict, and the conversations they are of."""

    __slots__ = ("conversations", "tuples")

    def __init__(self, tuples: TupleLog, conversations: TupleLog) -> None:
        self.tuples, self.conversations = tuples, conversations

    def __len__(self) -> int:
        return len(self.tuples) + len(self.conversations)

    def add(self, keys: Sequence[str], times: Sequence[int | None]) -> None:
        """Take tuples in; the sequences must not change afterwards."""
        self.tuples.add(keys, times)
        self.conversations.add(keys, times)


Places = dict[tuple[Style, str], Seen]
"""Tuples, by style and protocol."""


def _accepts() -> Seen:
    return Seen(TupleLog(MAX_TUPLES), TupleLog(MAX_CONVERSATIONS, conversation_of))


def _drops() -> Seen:
    return Seen(
        TupleLog(MAX_DROPS, most=_MAX_REPEATS),
        TupleLog(MAX_DROPS, conversation_of, most=_MAX_REPEATS),
    )


class Node:
    """One node's state; every part is bounded by itself."""

    __slots__ = (
        "accepts",
        "attached",
        "beats",
        "cleaned",
        "drops",
        "eventful",
        "failed",
        "kept",
        "period_s",
        "started",
        "strict",
    )

    def __init__(self) -> None:
        self.accepts: Places = {}
        self.drops: Places = {}
        self.beats = Beats()
        self.attached, self.kept = Timeline(), Timeline()
        self.started, self.cleaned, self.failed = Timeline(), Timeline(), Timeline()
        self.strict: tuple[int, bool] | None = None
        self.period_s = 300
        self.eventful = False
        """Whether the agent's other lines told anything."""

    @property
    def weight(self) -> int:
        """Accepted tuples and conversations held."""
        return sum(map(len, self.accepts.values()))

    @property
    def dropped(self) -> int:
        """Dropped tuples held."""
        return sum(len(place.tuples) for place in self.drops.values())

    def accepts_of(self, style: Style, protocol: str) -> Seen | None:
        """Give the place for accepted tuples; `None` when too many protocols were named."""
        return _place(self.accepts, (style, protocol), _accepts)

    def drops_of(self, style: Style, protocol: str) -> Seen | None:
        """Give the place for dropped tuples; `None` when too many protocols were named."""
        return _place(self.drops, (style, protocol), _drops)

    def shrink(self) -> None:
        """Let the older half of the accepted tuples go."""
        for place in self.accepts.values():
            place.tuples.shrink()
            place.conversations.shrink()

    def note(self, fact: Fact, moment: int) -> None:
        """Take a fact in that concerns the whole node; a deleted tuple is the window's."""
        self.eventful = True
        match fact:
            case ProbesAttached():
                self.attached.add(moment, fact.pod)
            case ProbesKept():
                self.kept.add(moment, fact.pod)
            case CleanupCycle() | ConntrackDelete():
                self.cleaned.add(moment)
            case MapFailure():
                self.failed.add(moment, fact.errno or "")
            case AgentStart():
                self.started.add(moment)
            case EnforcingMode():
                if self.strict is None or moment >= self.strict[0]:
                    self.strict = (moment, fact.strict)
            case CleanupPeriod() if fact.seconds in _PERIODS_S:
                self.period_s = fact.seconds
            case _:
                pass

    def is_start(self, moment: int, pod: str) -> bool:
        """Whether an attachment was a pod's start, and no pass over programs that were there."""
        after = self.kept.before(moment + _SAME_PASS.ms, _TWICE)
        return not any(
            name == pod and (near(at, moment, _SAME_PASS) or near(moment, at, _SAME_PASS))
            for at, name in after
        )


def _place(places: Places, key: tuple[Style, str], new: Callable[[], Seen]) -> Seen | None:
    place = places.get(key)
    if place is None and len(places) < len(STYLES) * _MAX_PROTOCOLS:
        place = places[key] = new()
    return place


_TWICE = Span(ms=2 * _SAME_PASS.ms, lines=_SAME_PASS.ms + _SAME_PASS.lines)
