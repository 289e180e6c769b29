"""`netpolwatch explain`: each verdict with its workloads, its policies, and what was missing."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from netpolwatch import Analyzer
from netpolwatch.analysis.stream import read_records_with
from netpolwatch.cli.doubts import tell_doubts
from netpolwatch.cli.inputs import InputError, Inputs
from netpolwatch.cli.snapshots import SnapshotFile, facts_of
from netpolwatch.flows.model import DENY, Flow
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.policy.suggest import NoSuggestion
from netpolwatch.kubernetes.snapshot import Dating
from netpolwatch.reporting.crowds import crowds
from netpolwatch.reporting.explained import explanation_row
from netpolwatch.reporting.explanation import render_explanation
from netpolwatch.reporting.suggestion import suggestion_yaml
from netpolwatch.verdicts.attribution.advice import Advice, Adviser
from netpolwatch.verdicts.attribution.deviations import Deviation, deviations
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation

MAX_FLOWS = 1_000_000


class ExplainFormat(StrEnum):
    """How explanations are printed."""

    TEXT = "text"
    JSONL = "jsonl"


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
Output = Annotated[ExplainFormat, typer.Option("--format", help="How to print it.")]


def explain(
    flows: Flows,
    events: Events = None,
    snapshot: SnapshotFile = None,
    accepts: Accepts = False,
    output: Output = ExplainFormat.TEXT,
) -> None:
    """Explain each verdict: who, which policies, why, and how sure.

    As text, verdicts that are explained alike are drawn once; as jsonl, each has its row. What the
    file of verdicts itself holds of audit events is learned, too.
    """
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
    explainer, adviser = Explainer(knowledge), Adviser(knowledge)
    told = ((line, explainer.explain(flow)) for line, flow in flows_read)
    if output is ExplainFormat.JSONL:
        encoder = msgspec.json.Encoder()
        for line, each in told:
            row = _row(line, each, deviations(each, knowledge), adviser.advise(each))
            sys.stdout.buffer.write(encoder.encode(row) + b"\n")
        sys.stdout.flush()
        return
    left_out = 0 if accepts else sum(flow.verdict != DENY for _, flow in flows_read)
    if left_out == len(flows_read):
        left_out = 0
    _draw(knowledge, adviser, told, left_out)


def _draw(
    knowledge: Knowledge,
    adviser: Adviser,
    told: Iterable[tuple[int, Explanation]],
    left_out: int,
) -> None:
    console = Console()
    shown = ((line, each) for line, each in told if not left_out or each.flow.verdict == DENY)
    for crowd in crowds(shown):
        each = crowd.first
        render_explanation(console, crowd, deviations(each, knowledge), adviser.advise(each))
    if left_out:
        console.print(f"{left_out:,} verdicts that are no DENY were left out: see --accepts")


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
    for record, reading in read_records_with(Analyzer(), inputs.records(), learn=True):
        knowledge.hear(reading.facts)
        listed.learn(reading.facts)
        if reading.flow is not None:
            count += 1
            if count > MAX_FLOWS:
                raise InputError(f"more than {MAX_FLOWS:,} verdicts: explain a part of them")
            yield record.line, reading.flow
