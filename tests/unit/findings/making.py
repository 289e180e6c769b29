"""Whole, realistic values for the tests of findings and of what tells them."""

from typing import Any

import msgspec

from netpolwatch.catalogue.model import Command, Entry
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.findings.fingerprint import finding_id
from netpolwatch.findings.model import Evidence, Finding, KeptEvidence, Links
from netpolwatch.findings.observation import Observation, Place

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NOON = 1_781_006_400_000
"""2026-06-09T12:00:00Z."""

CLUSTER = "retail-prod"
NODE = "ip-10-0-2-17.eu-central-1.compute.internal"
LOG_GROUP = f"/aws/containerinsights/{CLUSTER}/dataplane"
LOG_STREAM = f"{NODE}-dataplane.tail.var.log.aws-routed-eni.ebpf-sdk.log"
PLACE = Place(CLUSTER, LOG_GROUP, LOG_STREAM)
LINE = (
    '{"level":"error","ts":"2026-06-09T12:00:00.000Z","caller":"tc/tc.go:161",'
    '"msg":"failed to find device by name eni9ea69618bf0: Link not found"}'
)

LINK_NOT_FOUND = Entry(
    id="npa-link-not-found",
    title="The agent cannot find a pod's network interface",
    summary="The agent wants to attach its eBPF programs to an interface that is not there.",
    severity="high",
    component="network-policy-agent",
    maturity="stable",
    notify=True,
    sources=("node file ebpf-sdk.log",),
    group_by=("node",),
    max_subjects=100,
    rules=(),
    remedy=(
        Command("Update the VPC CNI add-on.", "aws eks update-addon --addon-name vpc-cni"),
        Command("Look for pods on the host's network that a policy selects."),
    ),
    docs="https://docs.aws.amazon.com/eks/latest/userguide/network-policies-troubleshooting.html",
    upstream=("https://github.com/aws/aws-network-policy-agent/issues/569",),
    affected="agent before v1.2.0",
    fixed_in="agent v1.2.0",
)
DENIED = msgspec.structs.replace(
    LINK_NOT_FOUND,
    id="denied-conversation",
    title="A conversation is denied",
    severity="low",
    group_by=("source", "destination", "port", "protocol"),
    max_subjects=3,
)
ENTRIES = {entry.id: entry for entry in (LINK_NOT_FOUND, DENIED)}


def entry(**changes: object) -> Entry:
    """Give the entry `npa-link-not-found`, with changes."""
    return msgspec.structs.replace(LINK_NOT_FOUND, **changes)


def sighting(**changes: object) -> Sighting:
    """Give a sighting of a missing link on one node, with changes."""
    whole = Sighting(
        issue=LINK_NOT_FOUND.id,
        severity="high",
        fields={"interface": "eni9ea69618bf0"},
        component="network-policy-agent",
        node=NODE,
        timestamp=NOON,
        text=LINE,
    )
    return msgspec.structs.replace(whole, **changes)


def denied(source: str, port: int | str = 53, **changes: object) -> Sighting:
    """Give a sighting of a denied conversation with the cluster's DNS."""
    fields = {"source": source, "destination": "172.20.0.10", "port": port, "protocol": "UDP"}
    return sighting(issue=DENIED.id, severity="low", fields=fields, **changes)


def observation(**changes: object) -> Observation:
    """Give a batch's observation of a missing link on one node."""
    values: dict[str, Any] = {
        "id": finding_id(LINK_NOT_FOUND.id, CLUSTER, {"node": NODE}),
        "issue": LINK_NOT_FOUND.id,
        "cluster": CLUSTER,
        "subject": {"node": NODE},
        "severity": "high",
        "component": "network-policy-agent",
        "confidence": "high",
        "count": 1,
        "first_seen": NOON,
        "last_seen": NOON,
        "evidence": (KeptEvidence("2026-06-09T12:00:00.000Z", LOG_GROUP, LOG_STREAM, LINE),),
    }
    return Observation(**values | changes)


def finding(**changes: object) -> Finding:
    """Give a finding as its readers get it from a deployment."""
    whole = Finding(
        id="4f2d5f0f6f3f4d0d8a4d5f0f6f3f4d0d",
        issue=LINK_NOT_FOUND.id,
        cluster=CLUSTER,
        account="123456789012",
        region="eu-central-1",
        title=LINK_NOT_FOUND.title,
        severity="high",
        status="open",
        episode=1,
        subject={"node": NODE},
        count=3,
        first_seen="2026-06-09T12:00:00.000Z",
        last_seen="2026-06-09T12:04:30.000Z",
        component="network-policy-agent",
        confidence="high",
        evidence=(Evidence("2026-06-09T12:00:00.000Z", LOG_GROUP, LOG_STREAM, LINE),),
        remedy=LINK_NOT_FOUND.remedy,
        docs=LINK_NOT_FOUND.docs,
        upstream=LINK_NOT_FOUND.upstream,
        affected_versions=LINK_NOT_FOUND.affected_versions,
        fixed_in=LINK_NOT_FOUND.fixed_version,
        links=Links(dashboard="https://eu-central-1.console.aws.amazon.com/cloudwatch/home"),
    )
    return msgspec.structs.replace(whole, **changes)
