"""`netpolwatch backfill` and `learn`: the engine, or only its knowledge, over a group's history."""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import typer

from netpolwatch import Analyzer, AnalyzerConfig
from netpolwatch.cli.analyze import Output, report_of
from netpolwatch.cli.endings import InputError
from netpolwatch.cli.entries import Catalogue, entries_with
from netpolwatch.cli.inputs import Progress
from netpolwatch.cli.lengths import length_of
from netpolwatch.cli.output import Format, View
from netpolwatch.cli.running import DEFAULT_STACK, Profile, Region, Stack, deployed, use_aws
from netpolwatch.cli.selecting import (
    DEFAULT_ROWS,
    Brief,
    Filters,
    Issue,
    MinSeverity,
    Namespace,
    Node,
    Top,
    Workload,
    severity_of,
)
from netpolwatch.cli.snapshots import SnapshotFile, facts_of
from netpolwatch.ingest.losses import Losses
from netpolwatch.ingest.origin import AUDIT_STREAMS, GroupKind
from netpolwatch.ingest.record import Record
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.kubernetes.audit import may_teach, read_audit_event
from netpolwatch.kubernetes.facts import AnyFact
from netpolwatch.kubernetes.snapshot import Dating

_FACTS_AT_ONCE: Final = 500
_TOLD_EVERY: Final = 5_000

Cluster = Annotated[str, typer.Option(help="The cluster's name.")]
Since = Annotated[str, typer.Option(metavar="DURATION", help="How far back, such as 24h or 7d.")]
Group = Annotated[
    str | None, typer.Option("--log-group", help="Another log group than the cluster's own.")
]


@dataclass(slots=True)
class _History:
    """A log group as an input of `analyze`; see `netpolwatch.cli.inputs.Inputs`."""

    group: str
    since_ms: int
    until_ms: int
    stream_prefix: str = ""
    bytes_read: int = 0
    progress: Progress = field(default=lambda _size: None)
    members: int = 0
    unknown_members: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    losses: Losses = field(default_factory=Losses)
    interrupted: bool = False
    follow: bool = False
    reached_ms: int = 0

    @property
    def names(self) -> list[str]:
        return [self.group]

    def tell(self, progress: Progress) -> None:
        self.progress = progress

    @property
    def size(self) -> int | None:
        return None

    def parts(self) -> Iterator[Record]:
        # Only here boto3 is there.
        from netpolwatch.aws.history import (  # noqa: PLC0415
            HistoryError,
            logs_client,
            read_history,
        )

        try:
            for record in read_history(
                logs_client(), self.group, since_ms=self.since_ms, until_ms=self.until_ms,
                stream_prefix=self.stream_prefix,
            ):  # fmt: skip
                size = len(record.event.message)
                self.bytes_read += size
                self.reached_ms = max(self.reached_ms, record.event.timestamp or 0)
                self.progress(size)
                if record.line % _TOLD_EVERY == 0:
                    self._tell(record.line)
                yield record
        except HistoryError as error:
            raise InputError(f"{self.group}: {error}") from None
        except KeyboardInterrupt:
            sys.stderr.write(f"read until {rfc3339(self.reached_ms)}\n")
            raise

    def _tell(self, count: int) -> None:
        if sys.stderr.isatty():
            return
        sys.stderr.write(f"{count:,} events, until {rfc3339(self.reached_ms)}\n")


def backfill(
    *,
    cluster: Cluster,
    since: Since = "24h",
    log_group: Group = None,
    output: Output = Format.TEXT,
    catalogue: Catalogue = None,
    snapshot: SnapshotFile = None,
    brief: Brief = False,
    top: Top = DEFAULT_ROWS,
    issue: Issue = None,
    severity: MinSeverity = None,
    namespace: Namespace = None,
    workload: Workload = None,
    node: Node = None,
    region: Region = None,
    profile: Profile = None,
) -> int:
    """Analyze a log group's history, and report as `analyze` does; nothing is written.

    Repeating it is harmless. An interrupted run reports what it read, and until when.
    """
    # Whoever names the group knows whose it is.
    groups: dict[str, GroupKind] = {} if log_group is None else {log_group: "control-plane"}
    analyzer = Analyzer(AnalyzerConfig(entries=entries_with(catalogue), groups=groups))
    history = _history(cluster, since, log_group)
    use_aws(region, profile)
    filters = Filters(
        issue=issue,
        severity=severity_of(severity, "--severity"),
        namespace=namespace,
        workload=workload,
        node=node,
    )
    return report_of(analyzer, history, cluster, snapshot, View(output, brief, top, filters))


def learn(
    *,
    cluster: Cluster,
    since: Since = "7d",
    log_group: Group = None,
    snapshot: SnapshotFile = None,
    stack: Stack = DEFAULT_STACK,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Fill a new deployment's knowledge: from a log group's audit events, and from a snapshot.

    What is known already changes nothing: an interrupted run may be repeated.
    """
    found = deployed(stack, region, profile)
    from netpolwatch.aws.clients import dynamodb  # noqa: PLC0415  # only here boto3 is there
    from netpolwatch.aws.knowledge.learning import KnowledgeLearner  # noqa: PLC0415  # as above

    learner = KnowledgeLearner(dynamodb(), found.outputs["KnowledgeTableName"])
    now_ms = time.time_ns() // 1_000_000
    written = lost = 0
    history = _history(cluster, since, log_group, audit=True)
    for facts in _in_parts(facts_to_learn(snapshot, history.parts())):
        learned = learner.learn(cluster, facts, now_ms)
        written, lost = written + learned.items, lost + learned.lost
    typer.echo(f"wrote {written:,} items of knowledge about {cluster}")
    if lost:
        raise InputError(f"the table did not take {lost:,} facts; repeat the command")


def facts_to_learn(snapshot: Path | None, history: Iterable[Record]) -> Iterator[AnyFact]:
    """Give what a group's audit events tell, and then what a listing shows: they date it."""
    listed = Dating(() if snapshot is None else facts_of(snapshot))
    for record in history:
        if may_teach(record.event.message):
            facts = read_audit_event(record.event.message, record.event.timestamp)
            listed.learn(facts)
            yield from facts
    yield from listed.facts()


def _in_parts(facts: Iterator[AnyFact]) -> Iterator[list[AnyFact]]:
    part: list[AnyFact] = []
    for fact in facts:
        part.append(fact)
        if len(part) >= _FACTS_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _history(cluster: str, since: str, log_group: str | None, *, audit: bool = False) -> _History:
    length_ms = length_of(since, "--since")
    now_ms = time.time_ns() // 1_000_000
    return _History(
        log_group or f"/aws/eks/{cluster}/cluster",
        now_ms - length_ms,
        now_ms,
        AUDIT_STREAMS if audit else "",
    )
