"""`netpolwatch parse`: one JSON object a log event."""

import sys
from typing import Annotated

import msgspec
import typer

from netpolwatch import Analyzer, AnalyzerConfig
from netpolwatch.analysis.stream import read_records_with
from netpolwatch.cli.endings import INTERRUPTED
from netpolwatch.cli.entries import Catalogue, entries_with
from netpolwatch.cli.inputs import Inputs
from netpolwatch.reporting.contract import reading_objects

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH…|-]", help="Event files, logs or node bundles; standard input if none."
    ),
]


def parse(paths: Paths = None, catalogue: Catalogue = None) -> int:
    """Print what each log event says, one JSON object a line, in order."""
    analyzer = Analyzer(AnalyzerConfig(entries=entries_with(catalogue)))
    encoder = msgspec.json.Encoder()
    output = sys.stdout.buffer
    inputs = Inputs(paths or [])
    for record, reading in read_records_with(analyzer, inputs.records(), learn=True):
        output.write(encoder.encode_lines(reading_objects(record.line, reading)))
    output.flush()
    return INTERRUPTED if inputs.interrupted else 0
