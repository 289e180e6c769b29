"""Inputs of public reports, run as a person runs them."""

import pytest

from tests.corpus.reports import Report, differences, reports

NOT_YET = frozenset({
    "plugin-v1193-info-fail-open",
    "npa-cache-sync-timeout",
    "npa-kube-proxy-late",
    "npa-port-in-use",
    "npa-port-in-use-14",
    "npa-grpc-stopped",
    "ipamd-grpc-refused-event",
    "ipamd-plugin-log-refused",
    "alb-to-pod-denied",
    "anp-in-snapshot",
    "eksbuild-553-pair",
    "nodelocal-other-source",
    "grpc-ingress-no-ports-declared",
    "wrap-splunk-hec-event-str",
    "wrap-splunk-export-json-cw",
    "wrap-splunk-csv",
    "wrap-loki-grafana-json",
    "wrap-vector-file",
    "wrap-vector-k8s",
    "wrap-elastic-hit",
    "wrap-fluentbit-stdout",
    "wrap-cw-csv-quoted",
    "wrap-firehose-concat",
    "wrap-syslog-5424",
    "wrap-syslog-3164",
    "wrap-syslog-host",
    "wrap-gelf",
    "wrap-github-quote",
    "wrap-github-num",
    "wrap-backticks",
    "wrap-grep-file",
    "wrap-grep-n2",
    "wrap-ansi",
    "wrap-jq-pretty",
    "wrap-no-open-brace",
    "wrap-console-expanded",
    "wrap-yaml-list",
    "wrap-logfmt",
    "ipam-02-k9s-stream-closed",
    "ipam-07-stuck-checking-describe",
    "nma-01-describe-node",
    "nma-02-agent-log",
    "sgp-01-describe-pod",
    "sgp-03-events-json-lines",
    "sgp-05-pod-status-yaml",
    "sgp-06-events-wide",
    "sgp-08-branch-allocation-failed",
    "sgp-11-karpenter-json",
    "sgp-14-sandbox-x-over",
    "sgp-16-cloudtrail-lookup",
    "adm-04-quota",
    "adm-11-gatekeeper-own-log",
    "adm-17-rbac-pretty",
    "fmt-03-query-message-text",
    "fmt-06-filter-output-text",
    "fmt-17-opensearch-search",
    "fmt-19-loki-api",
    "fmt-20-logcli-default",
    "fmt-24-vector",
    "fmt-25-filebeat",
    "fmt-26-otlp-json",
    "fmt-29-fluentbit-stdout",
    "fmt-34-grep-filename",
    "fmt-35-grep-n",
    "fmt-36-grep-filename-n-C",
    "fmt-37-numbered-blog",
    "fmt-39-jq-pretty",
    "fmt-41-ssm-runcommand",
    "fmt-42-journal-short",
    "fmt-46-slack-quote",
    "fmt-48-ansi",
    "fmt-49-stern-json",
    "fmt-51-security-lake-ocsf",
    "mul-03-ctr-images",
    "evx-01-event-exporter",
    "evx-03-alloy-logfmt",
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
