"""Every input that is read, with an example: `python -m netpolwatch.ingest.catalogue > FILE`."""

import sys
from typing import Final, NamedTuple

import msgspec

_NODE = "ip-10-0-1-9.ec2.internal"
_STREAM = "aws-network-policy-agent-audit-0f9d3c1e-5b1a-4a77-9a55-3f0d5d9b2c11"
_GROUP = "/aws/eks/demo/cluster"
_TIME = "2026-01-10T10:00:00.100Z"
_MS = 1_768_039_200_100
_CLOUDWATCH = (
    f"Node: {_NODE};SIP: 10.0.1.44;SPORT: 43322;DIP: 10.0.3.7;DPORT: 8080"
    ";PROTOCOL: TCP;PolicyVerdict: DENY;Tier: DEFAULT"
)
_FIELDS = {
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
_KUBERNETES = {
    "pod_name": "aws-node-x7k2p",
    "namespace_name": "kube-system",
    "container_name": "aws-eks-nodeagent",
    "host": _NODE,
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


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _pretty(value: object) -> str:
    return msgspec.json.format(_json(value), indent=2)


_LINE: Final = _json(_FIELDS)
_EVENT: Final = {"logStreamName": _STREAM, "timestamp": _MS, "message": _CLOUDWATCH}
_RESULT: Final = {
    "@timestamp": "2026-01-10 10:00:00.100",
    "@message": _CLOUDWATCH,
    "@logStream": _STREAM,
    "@log": f"111122223333:{_GROUP}",
}
_PAYLOAD: Final = (
    "H4sIAAAAAAACAz1PXWuDQBD8K3LPOb3zo0Z9kmhCIY1SbaGUUC7eJRxRT7yzIYT8964p7TwtM7M7OzfUCa3ZSdTXQa"
    "AYZWmdfr3kVZVucrRA6tKLEWgKcAEeAOhWnTajmgZQHHbRjjhrh4tOOU07aQMbD0tlRsE68IAF98Jc1HjGg2plc8WQ"
    "2BvMJi4NJseIew0VODhQhn0WhjhiQYC9I+EBjw5uQylc1NNBN6McjFT9WrYQo1H8iVjbov0jL/+GmzN3Q5LPT8OSkd"
    "DPsA5epeHTkniRS2Ys/nqDb6e4iC05YEowwRRHtmhcW/aQ0LM2qZ7L2KLEJja1fT+pyuK1ji3f81w3yf41zw6T7Fda"
    "kiVJyteiLlbFNrbqVZmUj9bvYuSyMbGV5buPpJZinMd1+rat0X1//wGhD9x9jAEAAA=="
)

WRAPPERS: Final = (
    Input(
        "Fluent Bit, Merge_Log off",
        "aws-for-fluent-bit, Container Insights application and dataplane (tail)",
        _json({"time": _TIME, "stream": "stderr", "log": _LINE, "kubernetes": _KUBERNETES}),
        "pod, namespace, container, host, time",
    ),
    Input(
        "Fluent Bit, Merge_Log_Key log_processed",
        "Container Insights",
        _json({"log_processed": _FIELDS, "kubernetes": _KUBERNETES}),
        "pod, namespace, container, host",
    ),
    Input(
        "Fluent Bit, Merge_Log_Key data and Keep_Log on",
        "the aws-for-fluent-bit chart: the line stands there twice and counts once",
        _json({"log": _LINE, "data": _FIELDS, "kubernetes": _KUBERNETES}),
        "pod, namespace, container, host",
    ),
    Input(
        "Fluent Bit, Merge_Log without a key",
        "Fluent Bit's Kubernetes filter, as it comes",
        _json({"stream": "stderr", **_FIELDS, "kubernetes": _KUBERNETES}),
        "pod, namespace, container, host",
    ),
    Input(
        "Fluent Bit without the Kubernetes filter",
        "Fluent Bit, Fluentd, Docker's json-file driver",
        _json({"log": f"{_LINE}\n", "stream": "stderr", "time": _TIME}),
        "time",
    ),
    Input(
        "The agent's file by the user guide's recipe",
        "Fluent Bit, parser json, tag `eksnp.*`; what a shipper added is taken off",
        _json({**_FIELDS, "hostname": _NODE}),
        "host",
    ),
    Input(
        "Container Insights, dataplane (systemd)",
        "journald's kubelet and container runtime",
        _json({"message": _CLOUDWATCH, "hostname": _NODE, "systemd_unit": "kubelet.service"}),
        "host, component",
    ),
    Input(
        "Container Insights, host",
        "`/var/log/messages`, `dmesg`, `secure`",
        _json({"host": _NODE, "ident": "kernel", "message": _CLOUDWATCH}),
        "host, component",
    ),
    Input(
        "A record of the journal",
        "`journalctl -o json`; the kernel's records have no unit",
        _json(
            {
                "MESSAGE": _CLOUDWATCH,
                "_HOSTNAME": _NODE,
                "_TRANSPORT": "kernel",
                "SYSLOG_IDENTIFIER": "kernel",
                "__REALTIME_TIMESTAMP": "1768039200100000",
            }
        ),
        "host, component, time",
    ),
    Input(
        "CRI prefix",
        "`/var/log/containers`, `/var/log/pods`",
        f"2026-01-10T10:00:00.100000001Z stderr F {_LINE}",
        "time",
    ),
    Input(
        "CRI prefix, a line in pieces",
        "lines longer than 16 KB: pieces `P`, the last one `F`",
        f"2026-01-10T10:00:00.1Z stderr P {_LINE[:80]}\n"
        f"2026-01-10T10:00:00.2Z stderr F {_LINE[80:]}",
        "time",
    ),
    Input(
        "CRI prefix within Fluent Bit's `log`",
        "Fluent Bit without a CRI parser",
        _json({"log": f"2026-01-10T10:00:00.1Z stderr F {_LINE}", "kubernetes": _KUBERNETES}),
        "pod, namespace, container, host, time",
    ),
    Input(
        "A result of Logs Insights",
        "console, an object a line",
        _json(_RESULT),
        "log group, log stream, time",
    ),
    Input(
        "An event of filter-log-events",
        "shipped on, an object a line",
        _json({**_EVENT, "ingestionTime": _MS}),
        "log stream, time",
    ),
    Input(
        "A blank after each `;`",
        "tables made from Logs Insights",
        _CLOUDWATCH.replace(";", "; "),
    ),
    Input(
        "A row of the console's table",
        "copied from Logs Insights",
        f"| 2026-01-10 10:00:00.100 | {_CLOUDWATCH} |",
        "time",
    ),
    Input(
        "A time before the line",
        "copied from the CloudWatch console",
        f"2026-01-10T04:00:00.100-06:00   {_CLOUDWATCH}",
        "time",
    ),
    Input(
        "A time and a stream before the line",
        "`aws logs tail`",
        f"2026-01-10T10:00:00.100000+00:00 {_STREAM} {_CLOUDWATCH}",
        "time, component",
    ),
    Input(
        "stern",
        "`stern aws-node`, with and without a namespace, `-t`",
        f"aws-node-x7k2p aws-eks-nodeagent {_LINE}",
        "pod, container",
    ),
    Input("k9s", "copied from its log view", f"\u2502 aws-eks-nodeagent {_LINE}", "container"),
    Input(
        "kubectl",
        "`kubectl logs --prefix`, `--timestamps`",
        f"[pod/aws-node-x7k2p/aws-eks-nodeagent] {_LINE}",
        "pod, container",
    ),
    Input(
        "Several JSON objects on one line",
        "files joined without line ends",
        '{"level":"info","msg":"hydrated local conntrack cache"}' + _LINE,
    ),
    Input(
        "JSON escaped once too often",
        "shippers that write JSON as a string",
        _LINE.replace('"', '\\"'),
    ),
)
"""What is taken off a line; wrappers within wrappers too."""

FILES: Final = (
    Input(
        "Canonical event file",
        "this project; an object a line",
        _json(
            {
                "id": "1",
                "timestamp": _MS,
                "logGroup": _GROUP,
                "logStream": _STREAM,
                "message": _CLOUDWATCH,
            }
        ),
        "log group, log stream, time",
    ),
    Input(
        "filter-log-events",
        "`aws logs filter-log-events`, `get-log-events`, as a document or an event a line",
        _pretty({"events": [_EVENT], "searchedLogStreams": []}),
        "log stream, time",
    ),
    Input(
        "Logs Insights, results",
        "`aws logs get-query-results`",
        _pretty(
            {
                "results": [[{"field": key, "value": value} for key, value in _RESULT.items()]],
                "status": "Complete",
            }
        ),
        "log group, log stream, time",
    ),
    Input(
        "Logs Insights, JSON",
        "the console's export",
        _pretty([_RESULT]),
        "log group, log stream, time",
    ),
    Input(
        "Logs Insights, CSV",
        "the console's export",
        f'@timestamp,@message,@logStream\n2026-01-10 10:00:00.100,"{_CLOUDWATCH}",{_STREAM}\n',
        "log stream, time",
    ),
    Input("Subscription payload", "base64, one a line", _PAYLOAD, "log group, log stream, time"),
    Input(
        "A function's event",
        "Lambda, as a file or one a line",
        _pretty({"awslogs": {"data": _PAYLOAD}}),
        "log group, log stream, time",
    ),
    Input(
        "Subscription envelope, decoded",
        "as a file or one a line",
        _json(
            {
                "messageType": "DATA_MESSAGE",
                "owner": "111122223333",
                "logGroup": _GROUP,
                "logStream": _STREAM,
                "subscriptionFilters": ["all"],
                "logEvents": [{"id": "1", "timestamp": _MS, "message": _CLOUDWATCH}],
            }
        ),
        "log group, log stream, time",
    ),
    Input("Export to S3", "`aws logs create-export-task`", f"{_TIME} {_CLOUDWATCH}", "time"),
    Input("Plain lines", "node files, standard input, anything else", _LINE),
)
"""What a file may be; it is recognised by its content."""


def document() -> str:
    """Write the page as it stands in `docs/inputs.md`."""
    return "\n".join(
        [
            "# What netpolwatch reads",
            "",
            "Generated from the code by `make docs`; each example is a test.",
            "",
            "## Around a line",
            "",
            "Wrappers come off each event, and within each other, wherever it came from. Who wrote",
            "a line is told by the outermost one: any pod can print the text of a wrapper.",
            "",
            *_table(WRAPPERS),
            "## Files",
            "",
            "A file is recognised by its content, and read as a stream: UTF-8, or UTF-16",
            "with its mark (PowerShell).",
            "",
            *_table(FILES),
        ]
    )


def _table(inputs: tuple[Input, ...]) -> list[str]:
    rows = [f"| {each.name} | {each.source} | {each.told or '-'} |" for each in inputs]
    examples = [line for each in inputs for line in _example(each)]
    return ["| what | where from | tells beside the line |", "|---|---|---|", *rows, "", *examples]


def _example(each: Input) -> list[str]:
    return [f"### {each.name}", "", "```text", *each.example.rstrip("\n").split("\n"), "```", ""]


if __name__ == "__main__":
    sys.stdout.write(document())
