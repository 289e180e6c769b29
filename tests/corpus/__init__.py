"""Labelled log lines, and how a stream of each kind is called in an account."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).resolve().parent
_UUID = "0f9d3c1e-5b1a-4a77-9a55-3f0d5d9b2c11"
_EKS = "/aws/eks/demo/cluster"
_NODE_GROUP = "/aws/containerinsights/demo/dataplane"
_NODE_FILE = "i-0a1b2c3d4e5f60718.eksnp.var.log.aws-routed-eni"

NODE = "i-0a1b2c3d4e5f60718"
"""The node that the names of the node files' streams tell."""

STREAMS = {
    "npa-file": (_NODE_GROUP, f"{_NODE_FILE}.network-policy-agent.log"),
    "ipamd": (_NODE_GROUP, f"{_NODE_FILE}.ipamd.log"),
    "aws-node": (
        _NODE_GROUP,
        (
            f"{NODE}-dataplane.var.log.containers."
            f"aws-node-x7k2p_kube-system_aws-node-{'ab12' * 16}.log"
        ),
    ),
    "npa-cloudwatch": (_EKS, f"aws-network-policy-agent-audit-{_UUID}"),
    "scheduler": (_EKS, "kube-scheduler-0d1c2b3a4f5e6d7c8b9a0f1e2d3c4b5a"),
    "audit": (_EKS, "kube-apiserver-audit-0d1c2b3a4f5e6d7c8b9a0f1e2d3c4b5a"),
    "app": (
        "/aws/containerinsights/demo/application",
        f"{NODE}-application.var.log.containers.shop-5d4f8c7b9d-abcde_shop_web-{'cd34' * 16}.log",
    ),
    "other": ("/team/logs", "collector"),
}
"""Log group and log stream of each kind of stream."""


class Line(msgspec.Struct, frozen=True, rename={"kind": "class", "text": "line"}):
    """One labelled line; a trace keeps its newlines."""

    text: str
    kind: str
    stream_kind: str
    expected: dict[str, Any] | None
    source: str
    number: int = 0

    @property
    def name(self) -> str:
        """What pytest calls the line."""
        return f"{self.number}-{self.kind}"

    @property
    def marks(self) -> dict[str, Any]:
        """The labels, empty where nothing should be found."""
        return self.expected or {}

    @property
    def scored(self) -> bool:
        """Whether the line has a required answer."""
        marked = self.marks.get("parse") == "partial" or self.marks.get("redacted") is True
        return not marked and not self.kind.endswith("_unscored")

    @property
    def wrapped(self) -> bool:
        """Whether a shipper has packed the line into JSON of its own."""
        return self.marks.get("wrapped") is True


class Sample(msgspec.Struct, frozen=True):
    """A message of a known issue or of a kind of audit event."""

    name: str
    rule: str | None
    source: str
    message: str


@cache
def lines() -> tuple[Line, ...]:
    """Read every labelled line."""
    rows = (FOLDER / "lines.jsonl").read_bytes().splitlines()
    read = [msgspec.json.decode(row, type=Line) for row in rows]
    return tuple(msgspec.structs.replace(line, number=at) for at, line in enumerate(read, 1))


@cache
def samples() -> tuple[Sample, ...]:
    """Read every sample."""
    rows = (FOLDER / "samples.jsonl").read_bytes().splitlines()
    return tuple(msgspec.json.decode(row, type=Sample) for row in rows)


def sequence(name: str) -> list[tuple[str, str]]:
    """Read an ordered log, each line with its label."""
    folder = FOLDER / "sequences"
    text = (folder / f"{name}.log").read_text(encoding="utf-8").splitlines()
    labels = msgspec.json.decode((folder / f"{name}.labels.json").read_bytes(), type=list[str])
    return list(zip(text, labels, strict=True))
