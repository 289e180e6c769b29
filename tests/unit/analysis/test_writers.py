"""What a stream may teach and show, by its group and its name: none of a pod's own choosing."""

import json
from typing import Any

import pytest

from netpolwatch import Analyzer, AnalyzerConfig
from netpolwatch.analysis.batch import Batch
from netpolwatch.analysis.stream import read_records_with
from netpolwatch.ingest.events import LogBatch, LogEvent
from netpolwatch.ingest.origin import GroupKind
from netpolwatch.ingest.record import Record
from tests.unit.kubernetes.audit.writing import NOON_MS, event, kubelet

APPS, NODES, EKS = "/aws/containerinsights/c/application", "/team/nodes", "/aws/eks/c/cluster"
AUDIT = "kube-apiserver-audit-evil.app"
TAUGHT = event(
    1, "patch", kubelet("n1"), "pods/tenant/evil/status", {"status": {"podIP": "10.0.1.77"}}
)
FLOW = (
    "Node: ip-10-0-1-9.ec2.internal;SIP: 10.0.1.44;SPORT: 43322;DIP: 10.0.2.5;DPORT: 5432;"
    "PROTOCOL: TCP;PolicyVerdict: DENY"
)
MODE = '{"level":"info","ts":"2026-06-09T12:00:00.000Z","msg":"Network Policy is in strict mode"}'


def analyzed(text: str, group: str, stream: str, kind: GroupKind | None = None) -> Batch:
    groups = {} if kind is None else {group: kind}
    analyzer = Analyzer(AnalyzerConfig(learn=True, groups=groups))
    events = [LogEvent(text, "1", NOON_MS)]
    return analyzer.analyze_events(LogBatch(log_group=group, log_stream=stream, events=events))


def shipped(text: str, namespace: str, pod: str, container: str, **more: Any) -> str:  # noqa: ANN401
    """Write a line as Fluent Bit ships it, with its filter's Kubernetes facts."""
    names = {"pod_name": pod, "namespace_name": namespace, "container_name": container}
    return json.dumps({"log": text, "stream": "stdout", "kubernetes": names, **more})


AGENTS = ("kube-system", "aws-node-x7k2p", "aws-eks-nodeagent")
TENANTS = ("tenant", "aws-node-x7k2p", "aws-eks-nodeagent")


@pytest.mark.parametrize("group", [APPS, NODES, "/aws/containerinsights/c/dataplane"])
def test_no_stream_of_another_group_teaches_as_the_audit_log(group: str) -> None:
    assert analyzed(TAUGHT, EKS, AUDIT).facts != []
    assert analyzed(TAUGHT, group, AUDIT).facts == []
    records = [Record(1, LogEvent(TAUGHT, "1", NOON_MS), group, AUDIT)]
    (read,) = read_records_with(Analyzer(), records, learn=True)
    assert read[1].facts == ()


def test_the_configuration_may_call_a_group_the_control_planes() -> None:
    assert analyzed(TAUGHT, "/audit/prod", AUDIT, "control-plane").facts != []
    assert analyzed(TAUGHT, EKS, AUDIT, "applications").facts == []


@pytest.mark.parametrize("stream", ["evil.network-policy-agent", "tenant/evil/kubelet", AUDIT])
def test_where_applications_write_a_bare_flow_is_nobodys(stream: str) -> None:
    for group, kind in ((APPS, None), ("/team/apps", "applications")):
        batch = analyzed(FLOW, group, stream, kind)  # type: ignore[arg-type]
        assert (batch.flows, batch.events, batch.sightings) == (0, 1, [])


def test_where_applications_write_the_shippers_facts_tell_the_agent() -> None:
    for stream in ("whatever", "evil.network-policy-agent"):
        batch = analyzed(shipped(FLOW, *AGENTS), APPS, stream)
        assert batch.flows == 1
        assert {seen.component for seen in batch.sightings} == {"network-policy-agent"}


FORGED = {
    "a container of a known name": shipped(FLOW, *TENANTS),
    "a wrapper within a wrapper": shipped(
        shipped(FLOW, *AGENTS), "tenant", "web-1", "web", logtag="F"
    ),
    "a record without Kubernetes facts": json.dumps({"log": FLOW, "stream": "stdout"}),
    "an export": json.dumps({
        "id": "1", "timestamp": NOON_MS, "logGroup": EKS,
        "logStream": "aws-network-policy-agent-audit-1", "message": FLOW,
    }),
    "a host's record": json.dumps({"message": FLOW, "host": "n1", "ident": "kubelet"}),
    "a journal's record": json.dumps({
        "message": FLOW, "hostname": "n1", "systemd_unit": "kubelet.service",
    }),
    "what stern prints": f"aws-node-x7k2p aws-eks-nodeagent {FLOW}",
}  # fmt: skip


@pytest.mark.parametrize("text", FORGED.values(), ids=FORGED)
def test_where_applications_write_no_text_is_an_agents(text: str) -> None:
    batch = analyzed(text, APPS, "whatever")
    assert (batch.flows, batch.sightings) == (0, [])
    (read,) = read_records_with(Analyzer(), [Record(1, LogEvent(text), APPS, "whatever")])
    assert read[1].flow is None


def test_a_stream_of_a_known_application_is_its_own_whatever_its_text_holds() -> None:
    stream = "n1-application.var.log.containers.web-1_tenant_web-" + "ab12" * 16 + ".log"
    assert analyzed(shipped(FLOW, *AGENTS), APPS, stream).flows == 0


@pytest.mark.parametrize("text", [MODE, shipped(MODE, *AGENTS)], ids=["bare", "shipped"])
def test_where_applications_write_nothing_is_learned(text: str) -> None:
    assert analyzed(text, APPS, "whatever").facts == []


def test_a_text_that_quotes_the_audit_logs_stream_is_not_it() -> None:
    export = json.dumps({
        "id": "1", "timestamp": NOON_MS, "logGroup": EKS, "logStream": AUDIT, "message": TAUGHT,
    })  # fmt: skip
    records = [Record(1, LogEvent(export, "1", NOON_MS), NODES, "whatever")]
    (read,) = read_records_with(Analyzer(), records, learn=True)
    assert read[1].facts == ()
