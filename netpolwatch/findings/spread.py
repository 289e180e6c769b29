"""How many different things were seen, by time: nodes of a cluster, or what a subject's lines name.

A step of time holds no more things than are asked for: who comes later changes nothing, so that a
storm of them hardly ever writes.
"""

from collections.abc import Iterable

Spread = tuple[tuple[int | None, tuple[str, ...]], ...]
"""Things by the begin of their step (ms since 1970, UTC), in order; `None`: events without time.

A thing stands there by a digest: its name comes from a log and may be anything.
"""

MAX_STEPS = 22
"""Two windows of ten steps, and the steps in which they begin."""

_STEPS_A_WINDOW = 10
_MINUTE_MS = 60_000


def stepped(seen: Iterable[tuple[int | None, str]], within_ms: int) -> Spread:
    """Put things (time in ms since 1970, digest) to the steps of a window."""
    step = max(_MINUTE_MS, within_ms // _STEPS_A_WINDOW)
    return tuple((None if time is None else time - time % step, (thing,)) for time, thing in seen)


def merged(one: Spread, other: Spread, most: int) -> Spread:
    """Add two up."""
    steps: dict[int | None, tuple[str, ...]] = dict(one)
    for step, things in other:
        had = steps.get(step, ())
        # A step that is full decides whatever it holds: it stays as it is, and nobody writes it.
        steps[step] = (*had, *(thing for thing in things if thing not in had))[:most]
    return tuple(sorted(steps.items(), key=lambda item: (item[0] is not None, item[0] or 0)))


def kept(spread: Spread, within_ms: int) -> Spread:
    """Forget what is older than two windows."""
    untimed = [(step, things) for step, things in spread if step is None]
    timed = [(step, things) for step, things in spread if step is not None]
    if timed:
        # What lies before the newest window can still be joined by something late.
        oldest = timed[-1][0] - 2 * within_ms
        timed = [part for part in timed if part[0] >= oldest]
    return (*untimed, *timed[-MAX_STEPS:])


def is_wide(spread: Spread, count: int, within_ms: int, *, around: Spread) -> bool:
    """Tell whether a window with something of `around` in it has enough things.

    Things of events without a time count for every window: their order is all that is known.
    """
    untimed = {thing for step, things in spread if step is None for thing in things}
    timed = [(step, things) for step, things in spread if step is not None]
    at = [step for step, _ in around if step is not None]
    anywhere = len(at) < len(around)
    for end, _ in timed:
        begin = end - within_ms
        if anywhere or any(begin <= step <= end for step in at):
            within = {thing for step, things in timed if begin <= step <= end for thing in things}
            if len(untimed | within) >= count:
                return True
    return anywhere and len(untimed) >= count
