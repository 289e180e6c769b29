"""Lines and what is said of them: disposition, confidence and the reasons' words."""

import pytest
from hypothesis import given

from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import Confidence, Disposition, Flow, Judgement
from netpolwatch.verdicts.disposition import judge
from tests.unit.flows.strategies import any_flow

NODE = "ip-10-0-1-9.ec2.internal"
POD, PEER = "10.0.1.44", "10.0.3.7"
REPLY = "an answer's shape"


def _line(
    ends: str, *, protocol: str = "TCP", tier: str | None = "DEFAULT", node: str = NODE
) -> str:
    source, destination = ends.split(" > ")
    sip, sport = source.rsplit("|", 1)
    dip, dport = destination.rsplit("|", 1)
    ending = "" if tier is None else f";Tier: {tier}"
    return (
        f"Node: {node};SIP: {sip};SPORT: {sport};DIP: {dip};DPORT: {dport}"
        f";PROTOCOL: {protocol};PolicyVerdict: DENY{ending}"
    )


def _judged(line: str) -> Judgement:
    flow = parse_flow(line)
    assert flow is not None, line
    return judge(flow)


Case = tuple[str, Disposition, Confidence, str]

NOISE: list[Case] = [
    (_line(f"{POD}|5353 > 224.0.0.251|5353", protocol="UDP"), "noise", "high", "multicast"),
    (_line(f"{POD}|0 > 224.0.0.22|0", protocol="UNKNOWN"), "noise", "high", "multicast"),
    (_line("fe80::1|0 > ff02::16|0", protocol="UNKNOWN"), "noise", "high", "multicast"),
    (
        # Multicast listener reports while the agent's state is not there yet: ignored all the same.
        _line("fe80::1|0 > ff02::16|0", protocol="UNKNOWN", tier="ERROR"),
        "noise",
        "high",
        "multicast",
    ),
    (_line("0|68 > 255.255.255.255|67", protocol="UDP"), "noise", "high", "broadcast"),
    (_line("0|68 > 10.0.0.1|67", protocol="UDP"), "noise", "medium", "unspecified"),
    (_line("::|0 > fd00::1|0", protocol="UNKNOWN"), "noise", "medium", "unspecified"),
    (_line(f"{POD}|0 > 169.254.7.7|0", protocol="ICMP"), "noise", "high", "link-local"),
    (_line("fe80::1|0 > fd00::1|0", protocol="UNKNOWN"), "noise", "high", "link-local"),
    (_line("fe80::1|43322 > fd00::1|443"), "noise", "medium", "no pod has"),
]
AGENT_STATE: list[Case] = [
    (_line(f"{POD}|43322 > {PEER}|443", tier="ERROR"), "agent-state", "high", "tier ERROR"),
    (_line(f"{PEER}|443 > {POD}|43322", tier="ERROR"), "agent-state", "high", "tier ERROR"),
    (_line(f"{POD}|0 > {PEER}|0", protocol="ICMP", tier="ERROR"), "agent-state", "high", "state"),
    (_line(f"10.0.1.9|43322 > {POD}|8080", tier="ERROR"), "agent-state", "high", "tier ERROR"),
    (_line(f"10.0.1.9|43322 > {POD}|8080"), "agent-state", "low", "node's own name"),
    (_line(f"{POD}|8080 > 10.0.1.9|43322"), "agent-state", "low", "probes"),
]
NAMELESS_NODES: list[Case] = [
    # The node's address is known only where its name encodes it.
    (
        _line(f"10.0.1.9|43322 > {POD}|8080", node=node),
        "violation",
        "medium",
        "shape of a request",
    )
    for node in ("", "i-0a1b2c3d4e5f60718", "ip-10-0-1-99.ec2.internal", "my-ip-10-0-1-9.local")
]
REPLIES: list[Case] = [
    (_line(f"{PEER}|443 > {POD}|43322"), "reply", "medium", REPLY),
    (_line(f"{PEER}|53 > {POD}|32768", protocol="UDP", tier=None), "reply", "medium", REPLY),
    (_line(f"{PEER}|5432 > {POD}|60000"), "reply", "medium", "common service"),
    (_line(f"{PEER}|7777 > {POD}|43322"), "reply", "low", "no common service"),
    (_line(f"{PEER}|1023 > {POD}|1024"), "reply", "low", "behind NAT"),
    (_line(f"{PEER}|443 > {POD}|2048"), "reply", "low", "behind NAT"),
    (_line(f"{PEER}|443 > {POD}|43322", tier="ADMIN"), "reply", "low", "cluster policy"),
    (_line(f"{PEER}|443 > {POD}|43322", tier="BASELINE"), "reply", "low", "cluster policy"),
    (_line(f"169.254.169.254|80 > {POD}|43322"), "reply", "medium", REPLY),
    (_line("fd00::2|443 > fd00::1|43322", protocol="SCTP"), "reply", "medium", REPLY),
    (
        # The EKS user guide's own sample: its addresses are blank.
        (
            '{"level":"info","ts":"2024-11-25T13:34:24.808Z","logger":"ebpf-client","caller":'
            '"events/events.go:193","msg":"Flow Info: ","Src IP":"","Src Port":9096,"Dest IP":"",'
            '"Dest Port":56830,"Proto":"TCP","Verdict":"DENY"}'
        ),
        "reply",
        "medium",
        REPLY,
    ),
]
VIOLATIONS: list[Case] = [
    (_line(f"{POD}|43322 > {PEER}|443"), "violation", "medium", "shape of a request"),
    (_line(f"{POD}|43322 > {PEER}|443", tier=None), "violation", "medium", "request"),
    (_line(f"{POD}|43322 > {PEER}|443", tier="NETWORK_POLICY"), "violation", "medium", "request"),
    (_line(f"{POD}|43322 > {PEER}|443", tier="ADMIN"), "violation", "high", "ADMIN or BASELINE"),
    (_line(f"{POD}|43322 > {PEER}|443", tier="BASELINE"), "violation", "high", "cluster policy"),
    (_line(f"{PEER}|443 > {POD}|2048", tier="ADMIN"), "violation", "high", "cluster policy"),
    (_line(f"{POD}|43322 > {PEER}|50000"), "violation", "low", "either end"),
    (_line(f"{POD}|32768 > {PEER}|32768"), "violation", "low", "either end"),
    (_line(f"{POD}|32767 > {PEER}|32767"), "violation", "low", "neither port"),
    (_line(f"{POD}|1024 > {PEER}|2048"), "violation", "low", "neither port"),
    (_line(f"{POD}|53 > {PEER}|53", protocol="UDP"), "violation", "low", "neither port"),
    (_line(f"{POD}|0 > {PEER}|0", protocol="ICMP"), "violation", "low", "without ports"),
    # A conversation that a policy stopped, though the addresses are link-local.
    (_line(f"{POD}|51373 > 169.254.169.254|80"), "violation", "medium", "request"),
    (_line(f"{POD}|51373 > 169.254.170.23|80"), "violation", "medium", "request"),
    (_line(f"169.254.25.10|53 > {POD}|41022", protocol="UDP"), "reply", "medium", "answer"),
    (_line(f"169.254.7.127|52114 > {POD}|8080"), "violation", "medium", "request"),
    (_line(f"169.254.7.127|0 > {POD}|0", protocol="ICMP"), "noise", "high", "link-local"),
    (_line(f"{POD}|51373 > 169.254.20.10|53", protocol="UDP"), "violation", "medium", "request"),
    (_line(f"{POD}|0 > 169.254.169.254|0", protocol="ICMP"), "violation", "low", "without ports"),
    (_line("|43322 > |443"), "violation", "medium", "request"),
]
UNKNOWN: list[Case] = [
    (_line(f"{POD}|0 > {PEER}|0", protocol=protocol), "unknown", "low", "neither the protocol")
    for protocol in ("UNKNOWN", "ANY PROTOCOL", "RESERVED", "GRE")
]
CASES = NOISE + AGENT_STATE + NAMELESS_NODES + REPLIES + VIOLATIONS + UNKNOWN


@pytest.mark.parametrize(("line", "disposition", "confidence", "why"), CASES)
def test_a_line_is_judged(
    line: str, disposition: Disposition, confidence: Confidence, why: str
) -> None:
    # when
    judgement = _judged(line)
    # then
    assert (judgement.disposition, judgement.confidence) == (disposition, confidence)
    assert any(why in reason for reason in judgement.reasons)


def test_the_same_line_is_judged_the_same_in_every_form() -> None:
    # given one drop, as CloudWatch and as both generations of node files tell it
    forms = [
        _line(f"{PEER}|443 > {POD}|43322", tier=None),
        (
            f'{{"level":"info","ts":"2024-08-01T10:00:00.000Z","msg":"Flow Info:  ",'
            f'"Src IP":"{PEER}","Src Port":443,"Dest IP":"{POD}",'
            '"Dest Port":43322,"Proto":"TCP","Verdict":"DENY"}'
        ),
        (
            f"Flow Info: Src IP: {PEER} Src Port: 443 Dest IP: {POD} Dest Port: 43322 Proto TCP"
            " Verdict DENY Direction ingress"
        ),
    ]
    # then
    assert len({_judged(line) for line in forms}) == 1


@given(flow=any_flow)
def test_every_flow_is_judged_with_a_reason(flow: Flow) -> None:
    judgement = judge(flow)
    assert judgement.reasons
    assert all(reason and reason[-1] != "." for reason in judgement.reasons)
