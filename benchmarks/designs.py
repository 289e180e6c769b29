"""What is measured: the engine, and what stands beside it."""

import base64
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.data_classes import CloudWatchLogsEvent

from benchmarks import forwarder, obvious
from benchmarks.shapes import Family
from netpolwatch import Analyzer, AnalyzerConfig

_GZIP = 31
BASELINE, ENGINE, FORWARDER, LEARNER = "F", "netpolwatch", "forwarder", "learning"


@dataclass(frozen=True, slots=True)
class Design:
    """A way to read one payload.

    Attributes
    ----------
    read
        Takes a payload's base64 text.
    flows
        Counts the flows that a reading found; `None` where the design looks for none.
    """

    name: str
    title: str
    read: Callable[[str], Any]
    flows: Callable[[Any], int] | None = None


def _standard_library(data: str) -> object:
    return json.loads(zlib.decompress(base64.b64decode(data), _GZIP))


def _powertools(data: str) -> object:
    return CloudWatchLogsEvent({"awslogs": {"data": data}}).parse_logs_data()


def concerns(design: Design, family: Family) -> bool:
    """Tell whether a design is measured on a family of shapes: only audit events teach."""
    return design.name != LEARNER or family == "learning"


@cache
def designs() -> tuple[Design, ...]:
    """List the designs; the baseline F first."""
    return (
        Design(BASELINE, "F: base64, zlib and json.loads of the envelope", _standard_library),
        Design(
            ENGINE,
            "netpolwatch: `Analyzer.analyze`, the whole engine",
            Analyzer().analyze,
            lambda batch: int(batch.flows),
        ),
        Design(
            LEARNER,
            "the same engine as it is deployed: it learns from audit events, too",
            Analyzer(AnalyzerConfig(learn=True)).analyze,
            lambda batch: int(batch.flows),
        ),
        Design(
            "powertools", "Powertools: `CloudWatchLogsEvent.parse_logs_data` alone", _powertools
        ),
        Design(FORWARDER, "a plain forwarder, written for this comparison", forwarder.forward),
        Design(
            "obvious",
            "the obvious design: Powertools, a named-group regex, pydantic, a regex a signature",
            obvious.Obvious().read,
            lambda report: int(report.flows),
        ),
    )
