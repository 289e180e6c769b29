"""Which of a stream's lines are worth reading: all others say nothing, and are only counted."""

from collections.abc import Sequence
from typing import Final

from netpolwatch.analysis.neighbours import may_tell
from netpolwatch.analysis.reading import may_hold_flows
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.flows.line import may_be_flow
from netpolwatch.ingest.origin import AUDIT, CONTROL_PLANE, Origin
from netpolwatch.ingest.traces import MAX_TRACE_LINES
from netpolwatch.ingest.wrappers.unwrap import may_open_wrapper
from netpolwatch.kubernetes.audit.anchors import may_teach

_PANIC: Final = "panic: "


class Skim:
    """Skims the lines of one stream, a block after the other.

    With `learn`, audit events that teach are among them. What follows a panic is kept, and the
    last line of a block: the panic may come after it.
    """

    __slots__ = ("_after_panic", "_learns", "_matcher", "_origin")

    def __init__(self, origin: Origin, matcher: Matcher, *, learn: bool = False) -> None:
        self._origin, self._matcher = origin, matcher
        self._learns = learn and origin.component in (None, AUDIT)
        self._after_panic = 0

    def worth(self, texts: Sequence[str]) -> list[int]:
        """Find the lines that may say something: their places, ascending."""
        component = self._origin.component
        hits = self._matcher.hits(texts)
        worth = set(hits)
        worth.update(range(min(self._after_panic, len(texts))), (len(texts) - 1,))
        wrapped = component not in CONTROL_PLANE
        flows = may_hold_flows(component)
        for at, text in enumerate(texts):
            if (
                (wrapped and may_open_wrapper(text))
                or (flows and may_be_flow(text))
                or (self._learns and may_teach(text))
                or may_tell(component, text)
            ):
                worth.add(at)
        self._after_panic = max(0, self._after_panic - len(texts))
        for at in hits:
            if _PANIC in texts[at]:
                end = at + 1 + MAX_TRACE_LINES
                worth.update(range(max(0, at - 1), min(end, len(texts))))
                self._after_panic = max(self._after_panic, end - len(texts))
        return sorted(at for at in worth if at >= 0)
