"""Reports of whole days, made by the engine as the command line does."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from netpolwatch import Analyzer
from netpolwatch.analysis.files import batches
from netpolwatch.cli.inputs import Inputs
from netpolwatch.findings.book import FindingBook
from netpolwatch.findings.observation import Place
from netpolwatch.ingest.origin import cluster_of
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.snapshot_yaml import read_snapshot
from netpolwatch.reporting.naming import named
from netpolwatch.reporting.report.build import report_of_run
from netpolwatch.reporting.report.model import Origin, Report
from netpolwatch.reporting.report.selection import EVERYTHING, Selection
from netpolwatch.reporting.summary import Summary
from netpolwatch.verdicts.attribution.judgement import ObjectJudge
from samples.generate import cluster_day as sample_events
from samples.generate import write_events
from samples.story import DEFAULT_END_MS, DEFAULT_SEED
from tests.corpus import cluster_day

MADE_MS = DEFAULT_END_MS + 3 * 60_000
ORIGIN = Origin(inputs=("cluster-day.jsonl",), version="0.1.0", made_ms=MADE_MS)


@cache
def sample_day(selection: Selection = EVERYTHING) -> Report:
    """Return the report of the sample day, without knowledge of its pods."""
    events = write_events(sample_events(seed=DEFAULT_SEED, end_ms=DEFAULT_END_MS))
    with TemporaryDirectory() as folder:
        file = Path(folder, "cluster-day.jsonl")
        file.write_text(events, encoding="utf-8")
        return report_of_files([file], None, selection)


@cache
def explained_day(selection: Selection = EVERYTHING) -> Report:
    """Return the report of the labelled day: audit events, flows, a snapshot."""
    knowledge = Knowledge()
    knowledge.learn(read_snapshot(cluster_day.content("snapshot.yaml")).facts)
    with TemporaryDirectory() as folder:
        files = []
        for name in ("audit.events.jsonl", "flows.events.jsonl"):
            files.append(Path(folder, name))
            files[-1].write_bytes(cluster_day.content(name))
        return report_of_files(files, knowledge, selection)


def report_of_files(
    files: Sequence[Path], knowledge: Knowledge | None, selection: Selection
) -> Report:
    """Return the report of some files."""
    analyzer, inputs = Analyzer(), Inputs([str(file) for file in files])
    book, summary = FindingBook(analyzer.entries), Summary(files=len(files))
    for batch in batches(analyzer, inputs.parts(), knowledge):
        summary.add(batch)
        place = Place(cluster_of(batch.log_group), batch.log_group, batch.log_stream)
        book.take([*batch.sightings, *batch.hints], batch.endings, place)
    findings = book.findings(summary.last)
    if knowledge is not None:
        judge = ObjectJudge(knowledge).judge
        findings = [named(each, lambda flow: judge(flow).explanation) for each in findings]
    findings = [each for each in findings if selection.keeps_finding(each)]
    known = knowledge or Knowledge()
    return report_of_run(
        summary, findings, analyzer.entries, known, ORIGIN, "retail-prod", selection
    )
