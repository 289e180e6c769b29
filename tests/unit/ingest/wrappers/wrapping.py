"""What shippers and tools do to a line."""

import json
from collections.abc import Callable

KUBERNETES = {
    "pod_name": "aws-node-x7k2p",
    "namespace_name": "kube-system",
    "container_name": "aws-eks-nodeagent",
    "host": "ip-10-9-9-9.ec2.internal",
    "labels": {"a": "{", "b": ["}", {"c": "\\"}]},
}
CRI = "2026-01-10T10:00:00.100000001Z stderr F "
TIME = 1_768_039_200_100

Wrap = Callable[[str], str]


def dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _pod(**fields: object) -> str:
    return dumps({**fields, "kubernetes": KUBERNETES})


def _object(line: str) -> dict[str, object] | None:
    """Merge_Log makes an object of a line that is one; any other stays in `log`."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _merged(line: str, key: str, **beside: object) -> str:
    fields = _object(line)
    return _pod(log=line) if fields is None else _pod(**beside, **{key: fields})


def _merged_beside(line: str) -> str:
    return _pod(stream="stderr", logtag="F", **(_object(line) or {"log": line}))


def _kept_beside(line: str) -> str:
    fields = _object(line)
    return _pod(log=line) if fields is None else dumps({"log": line, **fields})


WRAPS: dict[str, Wrap] = {
    "log": lambda line: _pod(time="2026-01-10T10:00:00.1Z", stream="stderr", log=line),
    "log-pretty": lambda line: json.dumps({"log": line, "kubernetes": KUBERNETES}, indent=4),
    "log-alone": lambda line: dumps({"log": f"{line}\n"}),
    "log-docker": lambda line: dumps({"log": f"{line}\n", "stream": "stdout", "time": "x"}),
    "log-ascii": lambda line: json.dumps({"log": line, "stream": "stderr"}, ensure_ascii=True),
    "log_processed": lambda line: _merged(line, "log_processed"),
    "data": lambda line: _merged(line, "data"),
    "keep-log": lambda line: _merged(line, "log_processed", log=line),
    "keep-log-data": lambda line: _merged(line, "data", log=line),
    "merged-beside": _merged_beside,
    "kept-beside": _kept_beside,
    "systemd": lambda line: dumps({
        "message": line, "hostname": "ip-10-9-9-9.ec2.internal", "systemd_unit": "kubelet.service",
    }),
    "host": lambda line: dumps({"host": "ip-10-9-9-9", "ident": "kernel", "message": line}),
    "cri": lambda line: CRI + line,
    "insights": lambda line: dumps({
        "@timestamp": "2026-01-10 10:00:00.100", "@message": line, "@logStream": "s", "@ptr": "p",
    }),
    "filtered": lambda line: dumps({"message": line, "timestamp": TIME, "logStreamName": "s"}),
    "stern": lambda line: f"aws-node-x7k2p aws-eks-nodeagent {line}",
    "stern-namespaces": lambda line: f"kube-system aws-node-x7k2p aws-eks-nodeagent {line}",
    "k9s": lambda line: f"\u2502 aws-eks-nodeagent {line}",
    "kubectl": lambda line: f"[pod/aws-node-x7k2p/aws-eks-nodeagent] {line}",
    "row": lambda line: f"| 2026-01-10 10:00:00.100 | {line} |",
    "escaped": lambda line: dumps(line)[1:-1] if line.startswith("{") else dumps(line),
    "quoted": dumps,
    "blanks": lambda line: line.replace(";", "; ") if line.startswith("Node: ") else line,
}  # fmt: skip
"""Each of them around any line."""

NESTABLE = ("log", "log-alone", "keep-log", "cri", "insights", "filtered", "host", "systemd")
