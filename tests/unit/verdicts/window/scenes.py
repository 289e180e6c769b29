"""Labelled stories of a node, and every way in which its log can tell them.

A story is written once: packets and the agent's other lines, each with its label. It is told in
both generations of node files and as CloudWatch events, with and without ACCEPTs, and so on.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import msgspec

from netpolwatch.flows.line import render_flow
from netpolwatch.flows.model import Flow, Form
from netpolwatch.ingest.timestamps import rfc3339
from tests.unit.analysis.running import canonical

NOON = 1_781_006_400_000
GROUP = "/aws/eks/demo/cluster"
NODE = "ip-10-0-1-9.ec2.internal"
POD, API, DNS, DB = "10.0.1.44", "172.20.0.1", "172.20.0.10", "10.0.3.7"

Label = Literal[
    "accept", "genuine", "spurious", "state-missing", "ambiguous", "info", "attach",
    "conntrack_delete",
]  # fmt: skip
Era = Literal["file-kv", "file-sentence-v4", "cloudwatch"]
ERAS: tuple[Era, ...] = ("file-kv", "file-sentence-v4", "cloudwatch")


class Packet(NamedTuple):
    """A verdict; `at` is ms after noon."""

    at: int
    label: Label
    source: tuple[str, int]
    destination: tuple[str, int]
    verdict: str = "DENY"
    protocol: str = "TCP"
    tier: str | None = None
    direction: str = "egress"


class Said(NamedTuple):
    """Another line of the agent, in the words of both eras: keys and values, and a sentence."""

    at: int
    label: Label
    kv: dict[str, object]
    sentence: str


Step = Packet | Said


class Story(NamedTuple):
    """Steps in order; `without` are labels that hold where no ACCEPT was logged."""

    name: str
    steps: Sequence[Step]
    without: Label | None = None


def back(packet: Packet, at: int, label: Label, verdict: str = "DENY") -> Packet:
    """Make a packet's answer."""
    return packet._replace(
        at=at, label=label, source=packet.destination, destination=packet.source,
        verdict=verdict, direction="ingress",
    )  # fmt: skip


def again(packet: Packet, *gaps: int) -> list[Packet]:
    """Repeat a packet, each time so many ms later."""
    packets = [packet]
    for gap in gaps:
        packets.append(packet._replace(at=packets[-1].at + gap))
    return packets


def deleted(at: int, packet: Packet) -> Said:
    """Tell that the clean-up deleted a packet's connection."""
    number = {"TCP": 6, "UDP": 17, "SCTP": 132}[packet.protocol]
    key = (
        f"Conntrack Key : Source IP - {packet.source[0]} Source port - {packet.source[1]}"
        f" Dest IP - {packet.destination[0]} Dest port - {packet.destination[1]}"
        f" Protocol - {number} Owner IP - {packet.source[0]}"
    )
    return Said(
        at, "conntrack_delete", {"msg": "Conntrack cleanup", "Delete - ": key},
        f"Conntrack cleanup Delete - {key} Ifindex - 12",
    )  # fmt: skip


def raw_deleted(at: int, packet: Packet) -> Said:
    """Tell the same as agents up to v1.0.7 do; newer ones have no such form."""

    def number(address: str) -> int:
        return int.from_bytes(bytes(map(int, address.split("."))), "little")

    struct = {
        "Source_ip": number(packet.source[0]), "Source_port": packet.source[1],
        "Dest_ip": number(packet.destination[0]), "Dest_port": packet.destination[1],
        "Protocol": 6, "Owner_ip": number(packet.source[0]),
    }  # fmt: skip
    said = deleted(at, packet)
    return said._replace(kv={"msg": "Conntrack cleanup", "Delete - ": struct})


def cleaned(at: int) -> Said:
    """Tell that the clean-up is done."""
    words = "Done cleanup of conntrack map"
    return Said(at, "info", {"msg": words}, words)


def attached(at: int, pod: str = "web-x7k2p") -> Said:
    """Tell that eBPF programs were attached."""
    return Said(
        at, "attach",
        {
            "msg": "AttacheBPFProbes for", "pod": pod, " in namespace": "shop",
            " with hostVethName": "eni0a1b2c3d4e5",
        },
        f"AttacheBPFProbes for pod {pod} in namespace shop with hostVethName eni0a1b2c3d4e5",
    )  # fmt: skip


def kept(at: int, pod: str = "web-x7k2p") -> Said:
    """Tell that a pod had its programs already."""
    return Said(
        at, "info",
        {"msg": "Pod already has Ingress Probe attached - ", "Name: ": pod, "Namespace: ": "shop"},
        f"Pod already has Ingress Probe attached - Name: {pod}, Namespace: shop",
    )  # fmt: skip


def strict(at: int) -> Said:
    """Tell that pods without policies are denied."""
    return Said(
        at, "info",
        {"msg": "Updating pod_state map to default_deny for ", "podIdentifier: ": "web-shop"},
        "Updating pod_state map to default allow/default deny for podIdentifier: web-shop,"
        " state: 2",
    )  # fmt: skip


def standard(at: int) -> Said:
    """Tell that pods without policies are allowed."""
    return Said(
        at, "info",
        {"msg": "Updating pod_state map to default_allow for ", "podIdentifier: ": "web-shop"},
        "Connected to ipamd at unix://x. NetworkPolicyMode: standard MultiNICEnabled: false",
    )  # fmt: skip


def failed(at: int, errno: str = "invalid argument") -> Said:
    """Tell that a map could not be written."""
    return Said(
        at, "info",
        {"msg": "Ingress Map update failed: ", "error: ": f"unable to update map: {errno}"},
        f"Ingress Map update failed: unable to update map: {errno}",
    )  # fmt: skip


def started(at: int) -> Said:
    """Tell that the agent started."""
    return Said(
        at, "info", {"msg": "starting manager"},
        "Starting network policy agent with log level: info",
    )  # fmt: skip


def message(step: Step, era: Era, node: str = NODE) -> str:
    """Write a step as an agent of an era does."""
    time = rfc3339(NOON + step.at)
    if isinstance(step, Said):
        if era == "file-kv":
            return msgspec.json.encode({"level": "info", "ts": time, **step.kv}).decode()
        line = {"level": "info", "ts": time, "caller": "x/y.go:1", "msg": step.sentence}
        return msgspec.json.encode(line).decode()
    form: Form = era
    flow = Flow(
        form=form, source_ip=step.source[0], source_port=step.source[1],
        destination_ip=step.destination[0], destination_port=step.destination[1],
        protocol=step.protocol, verdict=step.verdict,
        node=node if era == "cloudwatch" else None,
        direction=step.direction if era == "file-sentence-v4" else None,
        tier=None if era == "file-kv" else step.tier,
        timestamp=None if era == "cloudwatch" else NOON + step.at,
    )  # fmt: skip
    return render_flow(flow)


def record(step: Step, era: Era, node: str = NODE) -> bytes:
    """Write a step as a line of a canonical event file."""
    stream = f"{node}.eksnp.var.log.aws-routed-eni.network-policy-agent.log"
    if era == "cloudwatch" and isinstance(step, Packet):
        stream = "aws-network-policy-agent-audit-0f9d3c1e-5b1a-4a77-9a55-3f0d5d9b2c11"
    return canonical(message(step, era, node), GROUP, stream, NOON + step.at)


def plain(step: Step, era: Era) -> bytes:
    """Write a step as a line of a plain log."""
    return message(step, era).encode() + b"\n"


Lines = list[tuple[bytes, Label]]
Teller = Callable[[Story, Era], Lines]


def as_plain(story: Story, era: Era) -> Lines:
    """A plain log: CloudWatch lines have no time there, their order stands in for it."""
    return [(plain(step, era), step.label) for step in story.steps]


def as_events(story: Story, era: Era) -> Lines:
    """Events of streams."""
    return [(record(step, era), step.label) for step in story.steps]


def newest_first(story: Story, era: Era) -> Lines:
    """Events as the console exports them."""
    return as_events(story, era)[::-1]


def without_accepts(story: Story, era: Era) -> Lines:
    """Events of an agent that logs no ACCEPT."""
    steps = [step for step in story.steps if step.label != "accept"]
    if story.without is not None:
        steps = [
            step if step.label != "spurious" else step._replace(label=story.without)
            for step in steps
        ]
    return as_events(story._replace(steps=steps), era)


def twice(story: Story, era: Era) -> Lines:
    """Each packet as the file and as CloudWatch tells it."""
    lines: Lines = []
    for step in story.steps:
        lines.append((record(step, era), step.label))
        if isinstance(step, Packet):
            lines.append((record(step, "cloudwatch"), step.label))
    return lines


def beside_another_node(story: Story, era: Era) -> Lines:
    """Every second line is of a node on which only a policy works: nothing there is excused."""
    lines: Lines = []
    for at, step in enumerate(story.steps):
        other = Packet(
            step.at + 1, "genuine", (f"10.0.9.{at % 200}", 43322), (DB, 5432), tier="NETWORK_POLICY"
        )
        lines.append((record(step, era), step.label))
        lines.append((record(other, era, "ip-10-0-9-254.ec2.internal"), "genuine"))
    return lines


TELLERS: tuple[Teller, ...] = (
    as_plain, as_events, newest_first, without_accepts, twice, beside_another_node,
)  # fmt: skip
