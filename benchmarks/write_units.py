"""What payloads cost in a deployment, in write units: the functions' own handlers, on moto.

It is arithmetic, not time: two runs give the same. Payloads hold what an agent and an API server
write; a batch of the judge is what a minute brings, as the stack asks for.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Final

import pytest

from benchmarks.capacity import Meter, Used
from netpolwatch import Analyzer, AnalyzerConfig
from netpolwatch.kubernetes.identity.entities import entities_of
from tests.corpus import cluster_day
from tests.lambdas.conftest import Deployment, deployed
from tests.lambdas.deployment import Context, flow, payload
from tests.lambdas.settled_day import payloads
from tests.unit.aws.findings_store import KNOWLEDGE

_NOON_MS: Final = 1_780_999_200_000
_AGENT: Final = "aws-network-policy-agent-audit-ed840232-8c1e-49fb-b133-a4fed61377bc"
_MINUTES: Final = 4
_NEW: Final = 20
_QUIET: Final = 10

_Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WriteUnits:
    """What a kind of payload uses, on average.

    Attributes
    ----------
    name, title
        The kind, and what it is in words.
    per
        What an average is of, and `times` how many of it there were.
    table, index
        Write units of tables, and of their indexes.
    reads
        Read units.
    requests
        Requests to any service.
    kinds
        Write units by the kind of item.
    """

    name: str
    title: str
    per: str
    times: int
    table: float
    index: float
    reads: float
    requests: float
    kinds: Mapping[str, float] = field(default_factory=dict)

    @property
    def writes(self) -> float:
        """Write units of tables and indexes together."""
        return self.table + self.index


def measure() -> list[WriteUnits]:
    """Measure each kind of payload, in a deployment of its own."""
    return [
        _quiet("accepts", "three flows that were accepted", [_accepted(n) for n in range(_QUIET)]),
        _known(),
        _new("new-of-one-pod", f"{_NEW} new conversations of one pod", sources=1),
        _new("new-of-many-pods", f"{_NEW} new conversations of as many pods", sources=_NEW),
        _learned(),
    ]


def _quiet(name: str, title: str, events: Sequence[_Payload]) -> WriteUnits:
    with _measured() as (deployment, used):
        _deliver(deployment, events)
    return _average(name, title, "payload", len(events), used())


def _known() -> WriteUnits:
    """Measure a DENY a second of one conversation that is known, judged a minute together."""
    with _measured(_first_deny) as (deployment, used):
        for minute in range(1, 1 + _MINUTES):
            _deliver(deployment, [_denied([0], 60 * minute + second) for second in range(60)])
            deployment.judge_all()
    return _average("known", "a DENY of a known conversation, one a second", "payload",
                    _MINUTES * 60, used())  # fmt: skip


def _first_deny(deployment: Deployment) -> None:
    _deliver(deployment, [_denied([0], 0)])
    deployment.judge_all()


def _new(name: str, title: str, sources: int) -> WriteUnits:
    """Measure a payload of new conversations in a cluster that has others."""
    with _measured(_first_deny) as (deployment, used):
        numbers = range(1, 1 + _NEW)
        _deliver(deployment, [_denied(numbers, 600, sources=sources)])
        deployment.judge_all()
    return _average(name, title, "payload", 1, used())


def _learned() -> WriteUnits:
    """Measure what a day's audit log teaches, an event."""
    events = cluster_day.events("audit")
    with _measured(table=KNOWLEDGE) as (deployment, used):
        _deliver(deployment, payloads(events))
    return _average("learning", "an audit event that teaches, on the sample day", "event",
                    teaching_events(events), used())  # fmt: skip


def teaching_events(events: Sequence[dict[str, Any]]) -> int:
    """Return how many audit events say anything that a deployment keeps."""
    analyzer = Analyzer(AnalyzerConfig(learn=True))
    taught: set[str] = set()
    for each in payloads(events):
        facts = analyzer.analyze(each["awslogs"]["data"], now_ms=_NOON_MS).facts
        taught.update(fact.event for fact in facts if entities_of(fact))
    return len(taught)


@contextmanager
def _measured(
    prepare: Callable[[Deployment], None] = lambda _deployment: None,
    *,
    table: str | None = None,
) -> Iterator[tuple[Deployment, Callable[[], Used]]]:
    """Make a deployment and prepare it; what is done to it from then on is counted."""
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        deployed(Path(folder), patch) as deployment,
        # The functions' metrics.
        redirect_stdout(StringIO()),
    ):
        meter = Meter()
        prepare(deployment)
        with meter.counting(table) as used:
            yield deployment, lambda: used


def _deliver(deployment: Deployment, events: Iterable[_Payload]) -> None:
    for each in events:
        deployment.analyzer.handle(each, Context())


def _accepted(number: int) -> _Payload:
    return payload(*[flow("ACCEPT")] * 3, at=_NOON_MS + number * 1000, stream=_AGENT)


def _denied(numbers: Iterable[int], seconds: int, sources: int = 1) -> _Payload:
    """Write a payload of DENYs, each of another conversation, at a time after noon."""
    lines = [
        flow("DENY", f"10.0.{1 + number % sources}.44:43322", f"172.20.7.{number}:8125")
        for number in numbers
    ]
    # A payload is known by its stream and the ids of its events.
    stream = f"{_AGENT[:-4]}{seconds:04x}"
    return payload(*lines, at=_NOON_MS + seconds * 1000, stream=stream)


def _average(name: str, title: str, per: str, times: int, used: Used) -> WriteUnits:
    return WriteUnits(
        name=name,
        title=title,
        per=per,
        times=times,
        table=round(used.table / times, 3),
        index=round(used.index / times, 3),
        reads=round(used.reads / times, 3),
        requests=round(used.requests.total() / times, 3),
        kinds={kind: round(units / times, 3) for kind, units in used.kinds.most_common()},
    )
