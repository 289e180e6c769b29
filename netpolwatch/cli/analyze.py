"""`netpolwatch analyze`: the whole engine over files."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

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
from netpolwatch.catalogue.running import RunningVersions
from netpolwatch.catalogue.stated import running_on
from netpolwatch.cli.doubts import tell_doubts
from netpolwatch.cli.endings import INTERRUPTED, OutputGoneError
from netpolwatch.cli.entries import Catalogue, ConfigFile, VpcCniVersion, entries_with, groups_of
from netpolwatch.cli.inputs import STDIN, Inputs, Source
from netpolwatch.cli.output import Format, View, origin_of_run, write_report
from netpolwatch.cli.parse import Paths
from netpolwatch.cli.questions import Questions
from netpolwatch.cli.selecting import (
    DEFAULT_ROWS,
    Brief,
    Filters,
    Issue,
    MinSeverity,
    Namespace,
    Node,
    SinceTime,
    Top,
    UntilTime,
    Workload,
    moment_of,
    severity_of,
)
from netpolwatch.cli.snapshots import SnapshotFile, facts_of, knowledge_of
from netpolwatch.correlation.watches import Watches
from netpolwatch.findings.book import FindingBook
from netpolwatch.findings.model import Finding
from netpolwatch.findings.observation import Place
from netpolwatch.ingest.origin import cluster_of
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.reporting.naming import named
from netpolwatch.reporting.news import render_news
from netpolwatch.reporting.report.build import report_of_run
from netpolwatch.reporting.report.model import Report
from netpolwatch.reporting.summary import Summary
from netpolwatch.verdicts.attribution.judgement import ObjectJudge

NOT_READ: Final = 3
"""The exit code of a run with `--fail-on` that recognised nothing, or left a part out."""


Cluster = Annotated[
    str | None,
    typer.Option(help="The cluster's name, where the log groups' names do not hold it."),
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
        help="Print each finding when it shows, of a log that still runs: tail -F LOG |",
    ),
]


def analyze(
    paths: Paths = None,
    *,
    cluster: Cluster = None,
    output: Output = Format.TEXT,
    fail_on: FailOn = None,
    config: ConfigFile = None,
    catalogue: Catalogue = None,
    vpc_cni_version: VpcCniVersion = None,
    snapshot: SnapshotFile = None,
    brief: Brief = False,
    top: Top = DEFAULT_ROWS,
    issue: Issue = None,
    severity: MinSeverity = None,
    namespace: Namespace = None,
    workload: Workload = None,
    node: Node = None,
    since: SinceTime = None,
    until: UntilTime = None,
    follow: Follow = False,
) -> int:
    """Report what is broken, since when, where, and what to do now.

    Every verdict is judged, every known fault is named, and denied traffic is grouped by the
    policy that denies it.
    """
    entries = running_on(entries_with(catalogue, config), vpc_cni_version)
    analyzer = Analyzer(AnalyzerConfig(entries=entries, groups=groups_of(config)))
    filters = Filters(
        issue=issue,
        severity=severity_of(severity, "--severity"),
        namespace=namespace,
        workload=workload,
        node=node,
        since=moment_of(since, "--since"),
        until=moment_of(until, "--until"),
    )
    view = View(output, brief, top, filters, severity_of(fail_on, "--fail-on"))
    if follow and output is not Format.TEXT:
        raise typer.BadParameter("--follow prints text only")
    inputs = Inputs(paths or [], follow=follow)
    return report_of(analyzer, inputs, cluster, snapshot, view)


def report_of(
    analyzer: Analyzer, inputs: Source, cluster: str | None, snapshot: Path | None, view: View
) -> int:
    """Analyze an input, write the report, and return the exit code."""
    summary, findings, clusters, knowledge = _run(analyzer, inputs, cluster, snapshot)
    name = cluster or (clusters.pop() if len(clusters) == 1 else None)
    selection = view.filters.selection(summary.last)
    findings = [finding for finding in findings if selection.keeps_finding(finding)]
    origin = origin_of_run(tuple(inputs.names), selection)
    report = report_of_run(summary, findings, analyzer.entries, knowledge, origin, name, selection)
    status = _status(view.threshold, findings, report, summary)
    if summary.interrupted is not None:
        status = INTERRUPTED
        sys.stderr.write(f"netpolwatch: {summary.interrupted}\n")
    try:
        write_report(view, report, summary, findings)
    except (BrokenPipeError, SystemExit) as error:
        # The reader has gone (`| head`); Rich says so by `SystemExit(1)`. What was found stands.
        raise OutputGoneError(status) from error
    return status


def _status(
    threshold: Severity | None, findings: list[Finding], report: Report, summary: Summary
) -> int:
    """Return the exit code: a gate must not pass on a log that was not read."""
    if threshold is None:
        return 0
    if any(_at_least(finding, threshold) for finding in findings):
        return 1
    is_read = summary.events > 0 and report.is_recognised and not summary.notes
    return 0 if is_read and not summary.dropped else NOT_READ


def _tell(book: FindingBook) -> None:
    console = Console()
    try:
        for finding in book.news():
            render_news(console, finding)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as error:
        raise OutputGoneError(0) from error


def _run(
    analyzer: Analyzer, inputs: Source, cluster: str | None, snapshot: Path | None
) -> tuple[Summary, list[Finding], set[str], Knowledge]:
    book = FindingBook(analyzer.entries)
    summary = Summary(files=len(inputs.names))
    clusters, running = set[str](), RunningVersions()
    knowledge = knowledge_of(snapshot)
    listed = () if snapshot is None else facts_of(snapshot)
    questions = Questions(Watches(analyzer.entries.values()), book, listed, live=inputs.follow)
    with _progress(inputs), _interruptible(summary, inputs):
        for batch in batches(analyzer, inputs.parts(), knowledge, learn=True):
            summary.add(batch)
            name = cluster or cluster_of(batch.log_group)
            clusters.update({name} if name else ())
            place = Place(name, batch.log_group, batch.log_stream)
            running.learn(name, batch.versions)
            book.take([*batch.sightings, *batch.hints], batch.endings, place)
            questions.take(batch, place)
            if inputs.follow:
                _tell(book)
    questions.close()
    summary.bytes = inputs.bytes_read
    summary.members, summary.notes = inputs.members, [*inputs.notes, *inputs.losses.notes]
    summary.unparsed += inputs.losses.unparsed
    summary.dropped += inputs.losses.dropped
    summary.unknown_members = inputs.unknown_members
    findings = book.findings(summary.last, running)
    if knowledge.knows_pods:
        judge = ObjectJudge(knowledge).judge
        findings = [named(found, lambda flow: judge(flow).explanation) for found in findings]
        tell_doubts(knowledge, summary.last)
    return summary, findings, clusters, knowledge


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
    if inputs.follow or STDIN in inputs.names or not sys.stderr.isatty():
        yield
        return
    console = Console(stderr=True)
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading", total=inputs.size)
        inputs.tell(lambda size: bar.update(task, advance=size))
        yield


def _at_least(finding: Finding, threshold: Severity) -> bool:
    return SEVERITIES.index(finding.severity) >= SEVERITIES.index(threshold)
