"""`netpolwatch explain`: each verdict with its workloads, its policies, and what was missing."""

import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from netpolwatch import Analyzer
from netpolwatch.analysis.stream import read_records_with
from netpolwatch.cli.inputs import InputError, Inputs
from netpolwatch.cli.snapshots import SnapshotFile, facts_of
from netpolwatch.flows.model import Flow
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.snapshot import Dating
from netpolwatch.reporting.explained import explanation_row
from netpolwatch.reporting.explanation import render_explanation
from netpolwatch.reporting.suggestion import suggestion_yaml
from netpolwatch.verdicts.attribution.advice import Advice, Adviser
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation

MAX_FLOWS = 1_000_000


class ExplainFormat(StrEnum):
    """How explanations are printed."""

    TEXT = "text"
    JSONL = "jsonl"


Flows = Annotated[str, typer.Argument(metavar="FLOWS|-", help="Verdicts; or - for standard input.")]
Events = Annotated[
    list[str] | None,
    typer.Option(
        "--events", metavar="PATH", help="Audit events to learn from; may be given more than once."
    ),
]
Output = Annotated[ExplainFormat, typer.Option("--format", help="How to print it.")]


def explain(
    flows: Flows,
    events: Events = None,
    snapshot: SnapshotFile = None,
    output: Output = ExplainFormat.TEXT,
) -> None:
    """Explain each verdict: who, which policies, why, and how sure.

    What the file of verdicts itself holds of audit events is learned, too.
    """
    knowledge, listed = Knowledge(), Dating(() if snapshot is None else facts_of(snapshot))
    for _ in _read(Inputs(events), knowledge, listed) if events else ():
        pass
    told = list(_read(Inputs([flows]), knowledge, listed))
    knowledge.learn(listed.facts())
    explainer, adviser = Explainer(knowledge), Adviser(knowledge)
    if output is ExplainFormat.JSONL:
        encoder = msgspec.json.Encoder()
        for line, flow in told:
            row = _row(line, explainer.explain(flow), adviser)
            sys.stdout.buffer.write(encoder.encode(row) + b"\n")
        sys.stdout.flush()
        return
    console = Console()
    for line, flow in told:
        explained = explainer.explain(flow)
        render_explanation(console, line, explained, adviser.advise(explained))


def _row(line: int, told: Explanation, adviser: Adviser) -> dict[str, Any]:
    advice = adviser.advise(told)
    suggestion = suggestion_yaml(advice) if isinstance(advice, Advice) else None
    return {**explanation_row(line, told), "suggestion": suggestion}


def _read(inputs: Inputs, knowledge: Knowledge, listed: Dating) -> Iterator[tuple[int, Flow]]:
    """Learn from audit events, and give the verdicts back with their lines."""
    count = 0
    for record, reading in read_records_with(Analyzer(), inputs.records(), learn=True):
        knowledge.learn(reading.facts)
        listed.learn(reading.facts)
        if reading.flow is not None:
            count += 1
            if count > MAX_FLOWS:
                raise InputError(f"more than {MAX_FLOWS:,} verdicts: explain a part of them")
            yield record.line, reading.flow
