"""What is said of one verdict."""

import msgspec

from netpolwatch.flows.model import Confidence, Disposition, Flow, Since
from netpolwatch.kubernetes.identity import Identity
from netpolwatch.kubernetes.policy.nearest import NearestMiss
from netpolwatch.kubernetes.policy.spec import Direction


class Explanation(msgspec.Struct, frozen=True):
    """One verdict, explained.

    Attributes
    ----------
    direction
        As written, else told by which end is on the line's node; `None` where neither tells.
    isolating, allowing
        Policies of the deciding pod, as `namespace/name`: those that isolate it in the direction,
        and those of them that allow the packet as the line shows it.
    disposition
        Of a DENY, else `None`.
    why
        Of a DENY, why it is judged so; of another verdict, what is unexpected of it.
    since
        The change since which policies decide so; only of what was judged (`ObjectJudge`).
    as_of
        The time for which objects were looked up, ms since 1970 (UTC); `None` for a line without
        one, which is explained by what was known last.
    """

    flow: Flow
    source: Identity
    destination: Identity
    direction: Direction | None
    isolating: tuple[str, ...]
    allowing: tuple[str, ...]
    nearest_miss: NearestMiss | None
    disposition: Disposition | None
    confidence: Confidence | None
    as_of: int | None
    sentence: str
    why: str = ""
    since: Since | None = None

    @property
    def judged(self) -> str | None:
        """What policies and pods say of a DENY, how sure that is, and why; `None` of an ACCEPT."""
        if self.disposition is None:
            return None
        told = f"{self.disposition} ({self.confidence} confidence)"
        told += f": {self.why}" if self.why else ""
        miss = self.nearest_miss
        return told if miss is None else f"{told}. Nearest: {miss.policy} {miss.why}"
