"""One flow, as the examples of every input hold it."""

from typing import Final, NamedTuple

import msgspec

NODE: Final = "ip-10-0-1-9.ec2.internal"
STREAM: Final = "aws-network-policy-agent-audit-0f9d3c1e-5b1a-4a77-9a55-3f0d5d9b2c11"
GROUP: Final = "/aws/eks/demo/cluster"
TIME: Final = "2026-01-10T10:00:00.100Z"
MS: Final = 1_768_039_200_100
CLOUDWATCH: Final = (
    f"Node: {NODE};SIP: 10.0.1.44;SPORT: 43322;DIP: 10.0.3.7;DPORT: 8080"
    ";PROTOCOL: TCP;PolicyVerdict: DENY;Tier: DEFAULT"
)
FIELDS: Final = {
    "level": "info",
    "ts": "2026-01-10T10:00:00.000Z",
    "logger": "ebpf-client",
    "msg": "Flow Info:  ",
    "Src IP": "10.0.1.44",
    "Src Port": 43322,
    "Dest IP": "10.0.3.7",
    "Dest Port": 8080,
    "Proto": "TCP",
    "Verdict": "DENY",
}
KUBERNETES: Final = {
    "pod_name": "aws-node-x7k2p",
    "namespace_name": "kube-system",
    "container_name": "aws-eks-nodeagent",
    "host": NODE,
}


class Input(NamedTuple):
    """One thing that is read.

    Attributes
    ----------
    source
        Where people have it from.
    example
        Text that is read as one denied flow, from 10.0.1.44:43322 to 10.0.3.7:8080 over TCP.
    told
        What is told beside the line, in words.
    """

    name: str
    source: str
    example: str
    told: str = ""


def compact(value: object) -> str:
    """Return a value as JSON without blanks."""
    return msgspec.json.encode(value).decode()


def pretty(value: object) -> str:
    """Return a value as JSON over several lines."""
    return msgspec.json.format(compact(value), indent=2)


LINE: Final = compact(FIELDS)
EVENT: Final = {"logStreamName": STREAM, "timestamp": MS, "message": CLOUDWATCH}
RESULT: Final = {
    "@timestamp": "2026-01-10 10:00:00.100",
    "@message": CLOUDWATCH,
    "@logStream": STREAM,
    "@log": f"111122223333:{GROUP}",
}
PAYLOAD: Final = (
    "H4sIAAAAAAACAz1PXWuDQBD8K3LPOb3zo0Z9kmhCIY1SbaGUUC7eJRxRT7yzIYT8964p7TwtM7M7OzfUCa3ZSdTXQa"
    "AYZWmdfr3kVZVucrRA6tKLEWgKcAEeAOhWnTajmgZQHHbRjjhrh4tOOU07aQMbD0tlRsE68IAF98Jc1HjGg2plc8WQ"
    "2BvMJi4NJseIew0VODhQhn0WhjhiQYC9I+EBjw5uQylc1NNBN6McjFT9WrYQo1H8iVjbov0jL/+GmzN3Q5LPT8OSkd"
    "DPsA5epeHTkniRS2Ys/nqDb6e4iC05YEowwRRHtmhcW/aQ0LM2qZ7L2KLEJja1fT+pyuK1ji3f81w3yf41zw6T7Fda"
    "kiVJyteiLlbFNrbqVZmUj9bvYuSyMbGV5buPpJZinMd1+rat0X1//wGhD9x9jAEAAA=="
)
