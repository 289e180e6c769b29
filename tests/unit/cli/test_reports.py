"""Inputs of public reports, run as a person runs them."""

import pytest

from tests.corpus.reports import Report, differences, reports

NOT_YET = frozenset({
    "mul-03-ctr-images",
    "npa-port-in-use",
    "alb-to-pod-denied",
    "eksbuild-553-pair",
    "grpc-ingress-no-ports-declared",
    "nma-01-describe-node",
    "sgp-01-describe-pod",
    "sgp-03-events-json-lines",
    "sgp-05-pod-status-yaml",
    "sgp-06-events-wide",
    "sgp-11-karpenter-json",
    "sgp-16-cloudtrail-lookup",
    "evx-01-event-exporter",
    "evx-03-alloy-logfmt",
    # Two envelopes, a verdict in each: two flows, and the label says one.
    "wrap-firehose-concat",
})  # fmt: skip
"""Inputs that do not come out as expected: none is ever added."""


def _named(chosen: list[Report]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("report", [pytest.param(each, id=each.id) for each in chosen])


@_named([each for each in reports() if each.id not in NOT_YET])
def test_a_report_comes_out_as_expected(report: Report) -> None:
    assert differences(report) == []


@_named([each for each in reports() if each.id in NOT_YET])
def test_what_comes_out_as_expected_is_no_longer_listed(report: Report) -> None:
    assert differences(report) != []


def test_every_listed_input_is_there() -> None:
    assert {each.id for each in reports()} >= NOT_YET
