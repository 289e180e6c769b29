"""Explanations that say the same: a log repeats one conversation for hours."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from netpolwatch.kubernetes.identity import Identity
from netpolwatch.verdicts.attribution.explanation import Explanation


@dataclass(slots=True)
class Crowd:
    """The first of some verdicts that are explained alike, and how many follow.

    Attributes
    ----------
    line, last_line
        Of the input, the first and the last verdict's.
    """

    line: int
    first: Explanation
    last_line: int
    more: int = 0


def crowds(told: Iterable[tuple[int, Explanation]]) -> list[Crowd]:
    """Put verdicts of the same workloads, port and judgement together, in their order."""
    found: dict[Hashable, Crowd] = {}
    for line, each in told:
        crowd = found.setdefault(_key(each), Crowd(line, each, line))
        if crowd.first is not each:
            crowd.more += 1
            crowd.last_line = line
    return list(found.values())


def _key(told: Explanation) -> Hashable:
    flow = told.flow
    # Of an answer, the other port is a client's: another one each time.
    port = flow.source_port if told.disposition == "reply" else flow.destination_port
    return (
        flow.verdict, flow.protocol, port, flow.tier, told.direction, _who(told.source),
        _who(told.destination), told.isolating, told.allowing, told.disposition, told.confidence,
        told.why,
    )  # fmt: skip


def _who(identity: Identity) -> Hashable:
    workload = identity.workload
    if workload is not None:
        return identity.namespace, workload.kind, workload.name
    return identity.kind, identity.namespace, identity.name or identity.address
