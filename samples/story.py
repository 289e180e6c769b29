"""The story: what goes wrong in the day, and what an analyzer must make of it.

What is expected is computed from these facts alone; nothing here is read back from an analyzer.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from samples import audit, cluster, holdings, reuse
from samples.cluster import CLUSTER, Node
from samples.noise import ACCEPTS, IPAM_CHECK, ROUTINES
from samples.parts import ALL_DAY, Lines, Window, scaled

DEFAULT_SEED = 7
DEFAULT_END_MS = 1_781_028_000_000
"""2026-06-09T18:00:00Z: the end of the day in files; a demonstration takes its own."""

QUICKSTART_SCALE = 0.0005
"""Every part of the story once."""

Disposition = Literal["violation", "reply", "agent-state", "noise"]
Subject = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class DeniedFlow:
    """Packets that one node's agent dropped.

    Attributes
    ----------
    source_port, destination_port
        `None` for a client's port: each attempt has another one.
    tier
        Written by the agents that have tiers, and left out by the others.
    packets
        DENY lines at scale 1, in attempts with back-off.
    """

    disposition: Disposition
    node: Node
    source: str
    source_port: int | None
    destination: str
    destination_port: int | None
    protocol: str
    packets: int
    window: Window = ALL_DAY
    tier: str = "DEFAULT"
    direction: Literal["ingress", "egress"] = "egress"


@dataclass(frozen=True, slots=True)
class Fault:
    """A known issue, and where it shows: lines of one or several streams.

    Attributes
    ----------
    severity
        Of the finding, once the day is over.
    at_first
        Of each line by itself, where the finding becomes graver.
    """

    issue: str
    severity: str
    subject: Subject
    shown: tuple[Lines, ...]
    at_first: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectedFinding:
    """What must be found.

    Attributes
    ----------
    subject
        The keys of the issue's `group_by`; a port is a number.
    count
        Events that show it.
    sent
        Whether anybody is told; a finding that is not sent is still recorded.
    at_first
        The severity of each event, where the finding becomes graver.
    """

    issue: str
    cluster: str
    subject: Subject
    severity: str
    count: int
    sent: bool
    at_first: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectedNames:
    """What an engineer must read of a denied conversation: who asked, in the order of time."""

    subject: Subject
    asked_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a run over the whole day must come to.

    Attributes
    ----------
    names
        Of the conversations of an address that belonged to two pods.
    """

    findings: tuple[ExpectedFinding, ...]
    names: tuple[ExpectedNames, ...]
    by_verdict: dict[str, int]
    by_disposition: dict[str, int]
    flows: int
    events: int

    def as_json(self) -> dict[str, Any]:
        """Give plain dicts and lists."""
        return asdict(self)


DENIED: tuple[DeniedFlow, ...] = (
    # The shop talks to the database directly; the policy `allow-orders` made that a violation.
    DeniedFlow(
        "violation", cluster.ORDERS, "10.0.1.44", None, "10.0.2.25", 5432, "TCP", 240,
        Window(32, 340), direction="ingress",
    ),
    # Search was given a policy that closes its egress: DNS, too.
    DeniedFlow(
        "violation", cluster.WEB, "10.0.1.61", None, "172.20.0.10", 53, "UDP", 180,
        Window(95, 240), "NETWORK_POLICY",
    ),
    # The gateway asks for the node's credentials.
    DeniedFlow(
        "violation", cluster.EDGE, "10.0.1.20", None, "169.254.169.254", 80, "TCP", 90,
        Window(10, 350), "NETWORK_POLICY",
    ),
    DeniedFlow(
        "violation", cluster.WEB, "2001:db8:0:1::44", None, "2001:db8:0:2::25", 8443, "TCP", 48,
        Window(140, 260), "NETWORK_POLICY",
    ),
    DeniedFlow(
        "violation", cluster.CACHE, "10.0.1.71", None, "10.0.2.150", 6379, "TCP", 60,
        Window(60, 200), direction="ingress",
    ),
    DeniedFlow(
        "violation", cluster.LEGACY, "10.0.1.90", None, "10.0.3.40", 9100, "TCP", 36,
        Window(1, 359), direction="ingress",
    ),
    # A cluster administrator's rule forbids SSH.
    DeniedFlow(
        "violation", cluster.BATCH, "10.0.3.207", None, "10.0.1.45", 22, "TCP", 12,
        Window(310, 325), "ADMIN",
    ),
    # The agent's clean-up forgot connections that still lived.
    DeniedFlow(
        "reply", cluster.EDGE, "10.0.2.31", 8080, "10.0.1.20", None, "TCP", 70,
        direction="ingress",
    ),
    DeniedFlow(
        "reply", cluster.CACHE, "10.0.1.71", 8080, "10.0.2.152", None, "TCP", 44,
        Window(20, 330), direction="ingress",
    ),
    # Reports of multicast listeners.
    DeniedFlow(
        "noise", cluster.EDGE, "fe80::a8bb:ccff:fe01:9", 0, "ff02::16", 0, "UNKNOWN", 60,
        tier="ERROR", direction="ingress",
    ),
    DeniedFlow(
        "noise", cluster.WEB, "fe80::a8bb:ccff:fe01:84", 0, "ff02::16", 0, "UNKNOWN", 60,
        tier="ERROR", direction="ingress",
    ),
    # Requests for an address.
    DeniedFlow("noise", cluster.ORDERS, "0.0.0.0", 68, "255.255.255.255", 67, "UDP", 24),  # noqa: S104  # an address in a log
    # The pod of which the node could not write the state (the map update that failed).
    DeniedFlow(
        "agent-state", cluster.BATCH, "10.0.3.205", None, "172.20.71.5", 5432, "TCP", 30,
        Window(250, 290), "ERROR",
    ),
    # The kubelet's probe comes from the node's own address.
    DeniedFlow(
        "agent-state", cluster.WEB, "10.0.1.84", None, "10.0.1.71", 8080, "TCP", 8,
        Window(180, 184), direction="ingress",
    ),
    # One address, two pods: the same conversation is denied to both, and then one more.
    *(
        DeniedFlow(
            "violation", cluster.CACHE, reuse.ADDRESS, None, "10.0.2.150", 6379, "TCP", 33,
            tenant.asks, direction="ingress",
        )
        for tenant in reuse.TENANTS
    ),
    DeniedFlow(
        "violation", cluster.CACHE, reuse.ADDRESS, None, "10.0.2.152", 8080, "TCP", 18,
        reuse.SECOND.asks, direction="ingress",
    ),
)  # fmt: skip


def _agent_file(node: Node, name: str, events: int, window: Window, *messages: str) -> Lines:
    """Describe lines of a node file: the JSON members after level and time."""
    texts = tuple(f'{{"level":"error","ts":"$ts",{message}}}' for message in messages)
    return Lines(node.file(name), texts, events, window)


_IPAM_PANIC = (
    "panic: runtime error: index out of range [0] with length 0\n\n"
    "goroutine 1 [running]:\n"
    "github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd.(*IPAMContext).markUnmanagedNetworkCards("
    "0xc0003794a0, {0xc000579c30, 0x1, 0xc000575a80?})\n"
    "\t/go/src/github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd/ipamd.go:2412 +0x3f1\n"
    "github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd.(*IPAMContext).nodeInit(0xc0003794a0)\n"
    "\t/go/src/github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd/ipamd.go:481 +0x2ac\n"
    "main._main()\n"
    "\t/go/src/github.com/aws/amazon-vpc-cni-k8s/cmd/aws-k8s-agent/main.go:98 +0x4b7\n"
    "main.main()\n"
    "\t/go/src/github.com/aws/amazon-vpc-cni-k8s/cmd/aws-k8s-agent/main.go:38 +0x13"
)

_NO_BRANCH_INTERFACE = (
    "0/6 nodes are available: 6 Insufficient vpc.amazonaws.com/pod-eni. preemption: 0/6 nodes are"
    " available: 6 No preemption victims found for incoming pod."
)
_LEDGERS = tuple(f"ledger-59c7d8f6b4-{suffix}" for suffix in ("2vq8x", "d6k4z", "n9s7w"))

FAULTS: tuple[Fault, ...] = (
    Fault(
        "npa-link-not-found",
        "high",
        {"node": cluster.CACHE.name},
        (
            _agent_file(
                cluster.CACHE, "ebpf-sdk", 18, Window(70, 130),
                '"caller":"ebpf/bpf_client.go:578","msg":"failed to find device by name'
                ' eni9ea69618bf0: %!w(netlink.LinkNotFoundError={0xc000115310})"',
            ),
        ),
    ),
    Fault(
        "npa-link-not-found",
        "high",
        {"node": cluster.ORDERS.name},
        (
            _agent_file(
                cluster.ORDERS, "ebpf-sdk", 12, Window(150, 210),
                '"caller":"tc/tc.go:161","msg":"failed to find device by name eni41c07be2d95:'
                ' Link not found"',
                '"caller":"tc/tc.go:248","msg":"failed to find device by name eni41c07be2d95:'
                ' %!w(netlink.LinkNotFoundError={0xc0004f21b0})"',
            ),
        ),
    ),
    Fault(
        "ipam-connectivity-segfault-al2023-udev",
        "high",
        {"node": cluster.WEB.name},
        (Lines(cluster.WEB.container("aws-node"), (_IPAM_PANIC,), 2, Window(213, 222)),),
    ),
    Fault(
        "insufficient-pod-eni",
        "high",
        {"namespace": "payments"},
        (
            Lines(
                cluster.SCHEDULER,
                tuple(
                    'I$klog      10 schedule_one.go:1055] "Unable to schedule pod; no fit;'
                    f' waiting" pod="payments/{pod}" err="{_NO_BRANCH_INTERFACE}"'
                    for pod in _LEDGERS
                ),
                28,
                Window(120, 257),
            ),
            Lines(
                cluster.AUDIT,
                (audit.unschedulable("payments", _LEDGERS[0], _NO_BRANCH_INTERFACE),),
                1,
                Window(119, 120),
            ),
        ),
        at_first="medium",
    ),
    Fault(
        "policyendpoint-rbac-forbidden",
        "critical",
        {"user": "eks:network-policy-controller", "verb": "write", "resource": "policyendpoints"},
        (Lines(cluster.AUDIT, (audit.endpoints_refused("shop"),), 14, Window(200, 345)),),
    ),
    Fault(
        "npa-bpf-map-update-failed",
        "high",
        {"node": cluster.BATCH.name},
        (
            _agent_file(
                cluster.BATCH, "network-policy-agent", 9, Window(248, 288),
                '"caller":"ebpf/bpf_client.go:1260","msg":"Ingress Pod State Map update failed:'
                ' unable to update map: invalid argument"',
            ),
            _agent_file(
                cluster.BATCH, "ebpf-sdk", 9, Window(248, 288),
                '"caller":"maps/loader.go:286","msg":"unable to create/update map entry and ret'
                ' -1 and err invalid argument"',
            ),
        ),
    ),
)  # fmt: skip

PRELUDE: tuple[Lines, ...] = (
    # What the container says before it panics, and at every healthy start.
    Lines(cluster.WEB.container("aws-node"), (IPAM_CHECK,), 1, Window(212, 213)),
)


class FlowIssue(NamedTuple):
    """What must be found in a denied flow.

    Attributes
    ----------
    by
        Which of the flow's facts make the finding's subject.
    """

    issue: str
    severity: str
    sent: bool
    by: tuple[str, ...]


_CONVERSATION = ("source", "destination", "port", "protocol")
_PROBE = FlowIssue("kubelet-probe-denied", "high", False, ("node", "destination", "port"))
_STATE_MISSING = FlowIssue("npa-pod-state-missing-error-tier", "critical", True, ("node",))
_FLOW_ISSUES = {
    "violation": FlowIssue("denied-conversation", "low", True, _CONVERSATION),
    "reply": FlowIssue("spurious-reply-deny", "low", False, ("node",)),
}
"""By disposition."""

_NAMED = {
    53: FlowIssue("dns-egress-denied", "high", True, ("source",)),
    80: FlowIssue("imds-or-pod-identity-denied", "info", False, ("source", "destination")),
}
"""Of a violation, by the port of a destination that has a name: instance metadata, at port 80."""


def all_lines() -> Iterator[Lines]:
    """Yield everything that is no flow: routine and faults."""
    yield from ROUTINES
    yield from PRELUDE
    for fault in FAULTS:
        yield from fault.shown
    for tenant in reuse.TENANTS:
        yield from tenant.shown
    yield from holdings.beginnings()


def expected(*, scale: float = 1.0) -> Expected:
    """Tell what a run over the day must come to; the seed and the end change nothing of it."""
    accepted = sum(scaled(accepts, scale) for accepts in ACCEPTS.values())
    by_disposition: Counter[str] = Counter()
    for denied in DENIED:
        by_disposition[denied.disposition] += scaled(denied.packets, scale)
    by_verdict = {"ACCEPT": accepted, "DENY": by_disposition.total()}
    flows = sum(by_verdict.values())
    return Expected(
        findings=(*_from_faults(scale), *_from_flows(scale)),
        names=tuple(_names()),
        by_verdict=by_verdict,
        by_disposition=dict(by_disposition),
        flows=flows,
        events=flows + sum(scaled(lines.events, scale) for lines in all_lines()),
    )


def _from_faults(scale: float) -> Iterator[ExpectedFinding]:
    for fault in FAULTS:
        count = sum(scaled(shown.events, scale) for shown in fault.shown)
        yield ExpectedFinding(
            fault.issue, CLUSTER, fault.subject, fault.severity, count, sent=True,
            at_first=fault.at_first,
        )  # fmt: skip


def _from_flows(scale: float) -> Iterator[ExpectedFinding]:
    tiers: Counter[str] = Counter()
    for shown, alike in _told_together():
        count = sum(scaled(denied.packets, scale) for denied in alike)
        subject = _subject(alike[0], shown.by)
        yield ExpectedFinding(shown.issue, CLUSTER, subject, shown.severity, count, shown.sent)
    for denied in DENIED:
        count = scaled(denied.packets, scale)
        if denied.node.tiers and denied.tier != "ERROR":
            tiers[denied.tier] += count
    for tier, count in tiers.items():
        yield ExpectedFinding(
            "policy-tier-deny", CLUSTER, {"tier": tier}, "info", count, sent=False
        )


def _told_together() -> Iterator[tuple[FlowIssue, list[DeniedFlow]]]:
    """Put together what makes one finding: the same issue of the same subject."""
    together: dict[tuple[FlowIssue, tuple[str | int, ...]], list[DeniedFlow]] = {}
    for denied in DENIED:
        shown = _issue_of(denied)
        if shown is not None:
            values = tuple(_subject(denied, shown.by).values())
            together.setdefault((shown, values), []).append(denied)
    for (shown, _), alike in together.items():
        yield shown, alike


def _names() -> Iterator[ExpectedNames]:
    """Tell who asked: the pod that had the address when the packets were dropped."""
    for shown, alike in _told_together():
        if alike[0].source == reuse.ADDRESS:
            windows = {denied.window for denied in alike}
            tenants = (tenant for tenant in reuse.TENANTS if tenant.asks in windows)
            subject = _subject(alike[0], shown.by)
            yield ExpectedNames(subject, tuple(tenant.workload for tenant in tenants))


def _subject(denied: DeniedFlow, by: Iterable[str]) -> dict[str, str | int]:
    facts = _facts(denied)
    return {name: facts[name] for name in by}


def _issue_of(denied: DeniedFlow) -> FlowIssue | None:
    if denied.disposition == "violation" and denied.destination_port in _NAMED:
        return _NAMED[denied.destination_port]
    # An agent has no state of a pod (tier ERROR), or it drops what the node itself asks.
    if denied.disposition == "agent-state":
        return _STATE_MISSING if denied.tier == "ERROR" else _PROBE
    return _FLOW_ISSUES.get(denied.disposition)


def _facts(denied: DeniedFlow) -> Subject:
    return {
        "node": denied.node.name,
        "source": denied.source,
        "destination": denied.destination,
        "port": denied.destination_port or 0,
        "protocol": denied.protocol,
    }
