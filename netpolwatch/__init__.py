"""Explains network policy verdicts of Amazon EKS and names known faults of the VPC CNI.

Examples
--------
>>> from netpolwatch import Analyzer
>>> batch = Analyzer().analyze(event["awslogs"]["data"])  # doctest: +SKIP
"""

from netpolwatch.analysis.analyzer import DEFAULT, Analyzer, AnalyzerConfig
from netpolwatch.analysis.batch import Batch

__all__ = ["DEFAULT", "Analyzer", "AnalyzerConfig", "Batch"]
