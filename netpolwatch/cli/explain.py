"""`netpolwatch explain`: each verdict with its workloads, its policies, and what was missing."""

import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from netpolwatch import Analyzer, AnalyzerConfig
from netpolwatch.analysis.stream import read_records_with
from netpolwatch.cli.compiled import known_entries
from netpolwatch.cli.doubts import tell_doubts
from netpolwatch.cli.endings import InputError
from netpolwatch.cli.inputs import Inputs
from netpolwatch.cli.output import print_lines, terminal_width
from netpolwatch.cli.selecting import DEFAULT_ROWS, Namespace, Node, Top, Workload
from netpolwatch.cli.snapshots import SnapshotFile, facts_of
from netpolwatch.flows.model import DENY, Disposition, Flow
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.policy.suggest import NoSuggestion
from netpolwatch.kubernetes.snapshot import Dating
from netpolwatch.reporting.crowds import crowds
from netpolwatch.reporting.explained import explanation_row
from netpolwatch.reporting.explanation import render_explained
from netpolwatch.reporting.report.explained import DISPOSITIONS, explained_report
from netpolwatch.reporting.report.selection import Selection
from netpolwatch.reporting.suggestion import suggestion_yaml
from netpolwatch.verdicts.attribution.advice import Advice, Adviser
from netpolwatch.verdicts.attribution.deviations import Deviation, deviations
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.judgement import ObjectJudge

MAX_FLOWS = 1_000_000


class ExplainFormat(StrEnum):
    """How explanations are printed."""

    TEXT = "text"
    JSONL = "jsonl"


class Judged(StrEnum):
    """How a DENY is judged."""

    VIOLATION = "violation"
    AGENT_STATE = "agent-state"
    UNKNOWN = "unknown"
    REPLY = "reply"
    NOISE = "noise"

    @property
    def disposition(self) -> Disposition:
        """The same as the engine calls it."""
        return next(name for name in DISPOSITIONS if name == self.value)


Flows = Annotated[
    list[str],
    typer.Argument(metavar="FLOWS|-", help="Files of verdicts; or - for standard input."),
]
Events = Annotated[
    list[str] | None,
    typer.Option(
        "--events", metavar="PATH", help="Audit events to learn from; may be given more than once."
    ),
]
Accepts = Annotated[
    bool,
    typer.Option("--accepts", help="Draw every verdict; else those that are no DENY are left out."),
]
Only = Annotated[
    Judged | None, typer.Option(help="Only verdicts that are judged so.", rich_help_panel="Filters")
]
Output = Annotated[ExplainFormat, typer.Option("--format", help="How to print it.")]


def explain(
    flows: Flows,
    *,
    events: Events = None,
    snapshot: SnapshotFile = None,
    accepts: Accepts = False,
    output: Output = ExplainFormat.TEXT,
    top: Top = DEFAULT_ROWS,
    only: Only = None,
    namespace: Namespace = None,
    workload: Workload = None,
    node: Node = None,
) -> None:
    """Explain each verdict: who, which policies, why, and how sure.

    As text, a table comes first, then blocks by policy with the missing rules merged; verdicts
    that are explained alike are one row. As jsonl, each verdict has its row. What the file of
    verdicts itself holds of audit events is learned, too.
    """
    knowledge, flows_read = _learned(flows, events, snapshot)
    judge, adviser = ObjectJudge(knowledge).judge, Adviser(knowledge)
    explained = ((line, judge(flow).explanation) for line, flow in flows_read)
    if output is ExplainFormat.JSONL:
        encoder = msgspec.json.Encoder()
        for line, each in explained:
            row = _row(line, each, deviations(each, knowledge), adviser.advise(each))
            sys.stdout.buffer.write(encoder.encode(row) + b"\n")
        sys.stdout.flush()
        return
    passed = sum(flow.verdict != DENY for _, flow in flows_read)
    left_out = 0 if accepts or passed == len(flows_read) else passed
    shown = ((line, each) for line, each in explained if not left_out or each.flow.verdict == DENY)
    report = explained_report(
        crowds(shown),
        lambda explanation: deviations(explanation, knowledge),
        lambda explanation: _advice(adviser, explanation),
        Selection(namespace=namespace, workload=workload, node=node),
        None if only is None else only.disposition,
    )
    if not flows_read:
        return
    print_lines(render_explained(report, terminal_width(), top))
    if left_out:
        sys.stdout.write(f"{left_out:,} verdicts that are no DENY are left out: see --accepts\n")


def _learned(
    flows: list[str], events: list[str] | None, snapshot: Path | None
) -> tuple[Knowledge, list[tuple[int, Flow]]]:
    """Return what the inputs teach, and their verdicts with their lines."""
    knowledge, listed = Knowledge(), Dating(() if snapshot is None else facts_of(snapshot))
    for _ in _read(Inputs(events), knowledge, listed) if events else ():
        pass
    if events and not knowledge.has_heard:
        sys.stderr.write(f"netpolwatch: no audit event that teaches in {', '.join(events)}\n")
    flows_read = list(_read(Inputs(flows), knowledge, listed))
    if not flows_read:
        sys.stderr.write("netpolwatch: no verdict in it: is it the right log?\n")
    knowledge.learn(listed.facts())
    times = (flow.timestamp for _, flow in flows_read if flow.timestamp is not None)
    tell_doubts(knowledge, max(times, default=None))
    return knowledge, flows_read


def _advice(adviser: Adviser, explanation: Explanation) -> Advice | None:
    advice = adviser.advise(explanation)
    return advice if isinstance(advice, Advice) else None


def _row(
    line: int,
    told: Explanation,
    differs: Sequence[Deviation],
    advice: Advice | NoSuggestion | None,
) -> dict[str, Any]:
    suggestion = suggestion_yaml(advice) if isinstance(advice, Advice) else None
    ids = [each.id for each in differs]
    return {**explanation_row(line, told), "suggestion": suggestion, "deviations": ids}


def _read(inputs: Inputs, knowledge: Knowledge, listed: Dating) -> Iterator[tuple[int, Flow]]:
    """Learn from audit events, and give the verdicts back with their lines."""
    count = 0
    analyzer = Analyzer(AnalyzerConfig(entries=known_entries()))
    for record, reading in read_records_with(analyzer, inputs.records(), learn=True):
        knowledge.hear(reading.facts)
        listed.learn(reading.facts)
        if reading.flow is not None:
            count += 1
            if count > MAX_FLOWS:
                raise InputError(f"more than {MAX_FLOWS:,} verdicts: explain a part of them")
            yield record.line, reading.flow
