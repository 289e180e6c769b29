"""Ordered lines, by themselves and beside each other, and samples of each issue."""

import pytest

from netpolwatch import Analyzer
from tests.corpus import Sample, samples, sequence
from tests.unit.analysis.running import GROUP, Object, canonical, parsed

SEQUENCES = ("derived-conntrack-race", "derived-pod-start-standard-mode-kv")
SPURIOUS = ("reply", "noise", "agent-state")
DISPOSITIONS = {
    "genuine": ("violation", "unknown"),
    "spurious": SPURIOUS,
    "state-missing": ("agent-state",),
    "ambiguous": ("violation", "unknown", *SPURIOUS),
}
STREAMS = {
    "kube-apiserver-audit": "kube-apiserver-audit-0d1c2b3a",
    "kube-scheduler": "kube-scheduler-0d1c2b3a",
    "aws-network-policy-agent-audit": "aws-network-policy-agent-audit-0d1c2b3a",
    "dataplane": "i-0a-dataplane.var.log.containers.aws-node-x_kube-system_aws-node-0a1b2c3d.log",
    "network-policy-agent.log": "i-0a1b.eksnp.var.log.aws-routed-eni.network-policy-agent.log",
    "ebpf-sdk.log": "i-0a1b.eksnp.var.log.aws-routed-eni.ebpf-sdk.log",
    "ipamd.log": "i-0a1b.eksnp.var.log.aws-routed-eni.ipamd.log",
    "plugin.log": "i-0a1b.eksnp.var.log.aws-routed-eni.plugin.log",
    "host-dmesg": "i-0a1b.host.dmesg",
}
SIGNALS = {"awsnode_throttle_old", "awsnode_throttle_new"}
"""Samples that count only beside others: the log line alone shows no fault."""


def _labelled(name: str) -> list[object]:
    lines = enumerate(sequence(name), 1)
    return [
        pytest.param(text, label, id=f"{name}-{number}-{label}") for number, (text, label) in lines
    ]


@pytest.mark.parametrize(
    ("text", "label"), [case for name in SEQUENCES for case in _labelled(name)]
)
def test_a_line_of_a_sequence_is_judged_as_its_label_says(
    text: str, label: str, analyzer: Analyzer
) -> None:
    # when
    (found,) = parsed([text.encode() + b"\n"], analyzer)
    # then
    _check(found, label)


@pytest.mark.parametrize("name", SEQUENCES)
def test_the_lines_of_a_sequence_are_judged_beside_each_other(
    name: str, analyzer: Analyzer
) -> None:
    # given
    lines = sequence(name)
    # when
    found = parsed([text.encode() + b"\n" for text, _ in lines], analyzer)
    # then
    for one, (_, label) in zip(found, lines, strict=True):
        _check(one, label)


def test_a_deleted_connection_makes_an_answer_certain(analyzer: Analyzer) -> None:
    lines = [text.encode() + b"\n" for text, _ in sequence("derived-conntrack-race")]
    found = [one for one in parsed(lines, analyzer) if one.get("disposition") == "reply"]
    assert [one["confidence"] for one in found] == ["high"] * 5
    assert found[0]["reasons"][0].endswith("at 2026-01-10T10:05:00.051Z, 59 ms before")


def _check(found: Object, label: str) -> None:
    if label == "accept":
        assert (found["kind"], found["verdict"]) == ("flow", "ACCEPT")
    elif label in DISPOSITIONS:
        assert found["disposition"] in DISPOSITIONS[label]
        assert not (label == "ambiguous" and found["confidence"] == "high")
    else:
        assert found["kind"] != "flow"


def _read(sample: Sample, stream: str, analyzer: Analyzer) -> list[Object]:
    return parsed([canonical(sample.message, GROUP, stream)], analyzer)


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_a_sample_shows_its_issue_and_no_other(sample: Sample, analyzer: Analyzer) -> None:
    # when
    found = _read(sample, STREAMS[sample.source], analyzer)
    # then
    sightings = [one["issue"] for one in found if one["kind"] == "sighting"]
    # What is found in a flow stands in the flow.
    sightings += [issue for one in found if one["kind"] == "flow" for issue in one["issues"]]
    # No event alone shows what joins objects.
    entry = analyzer.entries.get(sample.rule or "")
    of_lines = [rule for rule in entry.rules if rule.objects is None] if entry else []
    active = entry is not None and entry.maturity != "planned" and bool(of_lines)
    expected = active and sample.name not in SIGNALS
    if not (sample.rule or "").startswith("flow-"):
        assert sightings == ([sample.rule] if expected else [])
    if sample.name in SIGNALS:
        assert found[0]["signals"] == [sample.rule]
    assert (found[0]["kind"] == "flow") == (
        (sample.rule or "").startswith("flow-") or sample.name == "cw_error_tier"
    )


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_an_application_that_prints_a_sample_shows_nothing(
    sample: Sample, analyzer: Analyzer
) -> None:
    # given a pod's own log, which anybody can write
    stream = "i-0a1b-application.var.log.containers.shop-abcde_shop_web-0123456789abcdef.log"
    # when
    found = _read(sample, stream, analyzer)
    # then
    assert [(one["kind"], one["signals"]) for one in found] == [("other", [])]
