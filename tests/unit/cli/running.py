"""The command as a person runs it: another process, its bytes and its exit code."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[3]
GROUP = "/aws/eks/retail-prod/cluster"
STREAM = "aws-network-policy-agent-audit-ed840232-8c1e-49fb-b133-a4fed61377bc"
NODE = "ip-10-0-1-9.ec2.internal"
NOON = 1_781_006_400_000

DENY = (
    f"Node: {NODE};SIP: 10.0.1.44;SPORT: 43322;DIP: 172.20.0.10;DPORT: 53;"
    "PROTOCOL: UDP;PolicyVerdict: DENY;Tier: DEFAULT"
)
ACCEPT = DENY.replace("DENY", "ACCEPT")
LINK_NOT_FOUND = (
    '{"level":"error","ts":"2026-06-09T12:00:00.000Z","caller":"tc/tc.go:161",'
    '"msg":"failed to find device by name eni9ea69618bf0: Link not found"}'
)


class Run(NamedTuple):
    """How a run ended."""

    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """JSON lines of the output."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def document(self) -> dict[str, Any]:
        """The output as one JSON document."""
        document: dict[str, Any] = json.loads(self.out)
        return document


def netpolwatch(
    *arguments: str | Path, given: str | bytes = b"", environment: dict[str, str] | None = None
) -> Run:
    """Run the command with bytes on standard input."""
    done = subprocess.run(  # noqa: S603  # our own command
        command(*arguments),
        input=given.encode() if isinstance(given, str) else given,
        capture_output=True,
        env=os.environ | {"PYTHONUTF8": "1"} | (environment or {}),
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


def command(*arguments: str | Path) -> list[str]:
    """Give the command line."""
    return [sys.executable, "-m", "netpolwatch", *map(str, arguments)]


def hear_interrupts() -> None:
    """Let a child be interrupted, though a shell started us in the background without that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def event(message: str, number: int = 0, stream: str = STREAM, group: str = GROUP) -> str:
    """Give a line of a canonical event file."""
    fields = {
        "id": f"{number:056d}", "timestamp": NOON + number * 1000, "logGroup": group,
        "logStream": stream, "message": message,
    }  # fmt: skip
    return json.dumps(fields) + "\n"
