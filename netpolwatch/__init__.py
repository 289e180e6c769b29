"""Explains network policy verdicts of Amazon EKS and names known faults of the VPC CNI.

The engine is imported when one of its names is first used (PEP 562): whoever imports a single
module, as the functions and the command line do, does not pay for the others.

Examples
--------
>>> from netpolwatch import Analyzer
>>> batch = Analyzer().analyze(event["awslogs"]["data"])  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from netpolwatch.analysis.analyzer import DEFAULT, Analyzer, AnalyzerConfig
    from netpolwatch.analysis.batch import Batch

__all__ = ["DEFAULT", "Analyzer", "AnalyzerConfig", "Batch"]

_MODULES: Final = {
    "DEFAULT": "netpolwatch.analysis.analyzer",
    "Analyzer": "netpolwatch.analysis.analyzer",
    "AnalyzerConfig": "netpolwatch.analysis.analyzer",
    "Batch": "netpolwatch.analysis.batch",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # PEP 562; types come from the block above
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
