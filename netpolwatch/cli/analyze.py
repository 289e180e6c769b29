"""`netpolwatch analyze`: the whole engine over files."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from netpolwatch import Analyzer, AnalyzerConfig
from netpolwatch.analysis.files import batches
from netpolwatch.catalogue.model import SEVERITIES, Severity
from netpolwatch.catalogue.private import running_on
from netpolwatch.catalogue.running import RunningVersions
from netpolwatch.cli.catalogue import Catalogue, ConfigFile, VpcCniVersion, entries_with
from netpolwatch.cli.doubts import tell_doubts
from netpolwatch.cli.inputs import INTERRUPTED, Inputs, Source
from netpolwatch.cli.parse import Paths
from netpolwatch.cli.snapshots import SnapshotFile, knowledge_of
from netpolwatch.findings.book import FindingBook
from netpolwatch.findings.model import Finding
from netpolwatch.findings.notices import who
from netpolwatch.findings.observation import Place
from netpolwatch.ingest.origin import cluster_of
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.reporting.explained import end_row
from netpolwatch.reporting.naming import named
from netpolwatch.reporting.page import report_page
from netpolwatch.reporting.summary import Summary
from netpolwatch.reporting.terminal import render_news, render_report


class OutputGoneError(Exception):
    """Nobody reads the report any more; `status` is the run's own exit code."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Format(StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


Cluster = Annotated[
    str | None,
    typer.Option(help="The cluster's name, where the log groups' names do not tell it."),
]
Output = Annotated[Format, typer.Option("--format", help="How the report is written.")]
FailOn = Annotated[
    str | None,
    typer.Option(
        metavar="SEVERITY",
        help=f"Exit 1 if a finding is at least this severe: {', '.join(SEVERITIES)}.",
    ),
]
Follow = Annotated[
    bool,
    typer.Option(
        "--follow",
        help="Tell each finding when it shows, of a log that still runs: tail -F LOG |",
    ),
]


def analyze(
    paths: Paths = None,
    cluster: Cluster = None,
    output: Output = Format.TEXT,
    fail_on: FailOn = None,
    config: ConfigFile = None,
    catalogue: Catalogue = None,
    vpc_cni_version: VpcCniVersion = None,
    snapshot: SnapshotFile = None,
    *,
    follow: Follow = False,
) -> int:
    """Judge every verdict, name every known fault, and report."""
    entries = running_on(entries_with(catalogue, config), vpc_cni_version)
    analyzer = Analyzer(AnalyzerConfig(entries=entries))
    threshold = _severity(fail_on)
    if follow and output is not Format.TEXT:
        raise typer.BadParameter("--follow tells findings as text")
    inputs = Inputs(paths or [], follow=follow)
    return report_of(analyzer, inputs, cluster, snapshot, output, threshold)


def report_of(
    analyzer: Analyzer,
    inputs: Source,
    cluster: str | None,
    snapshot: Path | None,
    output: Format,
    threshold: Severity | None = None,
) -> int:
    """Analyze an input and report; gives the exit code."""
    summary, findings, clusters = _run(analyzer, inputs, cluster, snapshot)
    name = cluster or (clusters.pop() if len(clusters) == 1 else None)
    status = int(threshold is not None and any(_at_least(found, threshold) for found in findings))
    if summary.interrupted is not None:
        status = INTERRUPTED
        sys.stderr.write(f"netpolwatch: {summary.interrupted}\n")
    try:
        _report(output, summary, name, findings)
    except (BrokenPipeError, SystemExit) as error:
        # The reader has gone (`| head`); Rich says so by `SystemExit(1)`. What was found stands.
        raise OutputGoneError(status) from error
    return status


def _tell(book: FindingBook) -> None:
    console = Console()
    try:
        for finding in book.news():
            render_news(console, finding)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as error:
        raise OutputGoneError(0) from error


def _report(output: Format, summary: Summary, name: str | None, findings: list[Finding]) -> None:
    if output is Format.JSON:
        report = msgspec.json.format(msgspec.json.encode(summary.report(name, findings)), indent=2)
        sys.stdout.buffer.write(report + b"\n")
        sys.stdout.flush()
    elif output is Format.HTML:
        sys.stdout.buffer.write(report_page(summary, name, findings).encode())
        sys.stdout.flush()
    else:
        render_report(Console(), summary, name, findings)


def _run(
    analyzer: Analyzer, inputs: Source, cluster: str | None, snapshot: Path | None
) -> tuple[Summary, list[Finding], set[str]]:
    book = FindingBook(analyzer.entries)
    summary = Summary(files=len(inputs.names), by_policies=snapshot is not None)
    clusters, running = set[str](), RunningVersions()
    # Without a snapshot, policies older than the log would be missing without a trace.
    knowledge = None if snapshot is None else knowledge_of(snapshot)
    with _progress(inputs), _interruptible(summary, inputs):
        for batch in batches(analyzer, inputs.parts(), knowledge):
            summary.add(batch)
            name = cluster or cluster_of(batch.log_group)
            clusters.update({name} if name else ())
            place = Place(name, batch.log_group, batch.log_stream)
            running.learn(name, batch.versions)
            book.take([*batch.sightings, *batch.hints], batch.endings, place)
            if inputs.follow:
                _tell(book)
    summary.bytes = inputs.bytes_read
    summary.members, summary.notes = inputs.members, [*inputs.notes, *inputs.losses.notes]
    summary.unparsed += inputs.losses.unparsed
    summary.dropped += inputs.losses.dropped
    summary.unknown_members = inputs.unknown_members
    findings = book.findings(summary.last, running)
    if knowledge is not None:
        findings = [named(found, lambda _addresses, _at: knowledge) for found in findings]
        summary.who = partial(_who, knowledge)
        tell_doubts(knowledge, summary.last)
    return summary, findings, clusters


def _who(knowledge: Knowledge, address: str, at_ms: int) -> str | None:
    return who(end_row(knowledge.owner(address, at_ms)))


@contextmanager
def _interruptible(summary: Summary, inputs: Source) -> Iterator[None]:
    """End a run early on Ctrl-C, and keep what was read."""
    try:
        yield
    except KeyboardInterrupt:
        inputs.interrupted = True
    if inputs.interrupted:
        size = f" of {inputs.size:,}" if inputs.size is not None else ""
        summary.interrupted = f"interrupted after {inputs.bytes_read:,}{size} bytes"


@contextmanager
def _progress(inputs: Source) -> Iterator[None]:
    # Not `Console.is_terminal`: CI services set FORCE_COLOR, and a bar would fill their logs.
    if inputs.follow or not sys.stderr.isatty():
        yield
        return
    console = Console(stderr=True)
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading", total=inputs.size)
        inputs.tell(lambda size: bar.update(task, advance=size))
        yield


def _severity(text: str | None) -> Severity | None:
    if text is None:
        return None
    for severity in SEVERITIES:
        if severity == text.lower():
            return severity
    raise typer.BadParameter(f"no severity {text!r}: use {', '.join(SEVERITIES)}")


def _at_least(finding: Finding, threshold: Severity) -> bool:
    return SEVERITIES.index(finding.severity) >= SEVERITIES.index(threshold)
