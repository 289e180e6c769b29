"""Every input that is read, with an example: `python -m netpolwatch.ingest.catalogue > FILE`."""

import sys
from typing import Final

from netpolwatch.ingest.example import (
    CLOUDWATCH,
    EVENT,
    FIELDS,
    GROUP,
    KUBERNETES,
    LINE,
    MS,
    NODE,
    PAYLOAD,
    RESULT,
    STREAM,
    TIME,
    Input,
    compact,
    pretty,
)
from netpolwatch.ingest.laptop import COPIES, RECORDS

WRAPPERS: Final = (
    Input(
        "Fluent Bit, Merge_Log off",
        "aws-for-fluent-bit, Container Insights application and dataplane (tail)",
        compact({"time": TIME, "stream": "stderr", "log": LINE, "kubernetes": KUBERNETES}),
        "pod, namespace, container, host, time",
    ),
    Input(
        "Fluent Bit, Merge_Log_Key log_processed",
        "Container Insights",
        compact({"log_processed": FIELDS, "kubernetes": KUBERNETES}),
        "pod, namespace, container, host",
    ),
    Input(
        "Fluent Bit, Merge_Log_Key data and Keep_Log on",
        "the aws-for-fluent-bit chart: the line stands there twice and counts once",
        compact({"log": LINE, "data": FIELDS, "kubernetes": KUBERNETES}),
        "pod, namespace, container, host",
    ),
    Input(
        "Fluent Bit, Merge_Log without a key",
        "Fluent Bit's Kubernetes filter, as it comes",
        compact({"stream": "stderr", **FIELDS, "kubernetes": KUBERNETES}),
        "pod, namespace, container, host",
    ),
    Input(
        "Fluent Bit without the Kubernetes filter",
        "Fluent Bit, Fluentd, Docker's json-file driver",
        compact({"log": f"{LINE}\n", "stream": "stderr", "time": TIME}),
        "time",
    ),
    Input(
        "The agent's file by the user guide's recipe",
        "Fluent Bit, parser json, tag `eksnp.*`; what a shipper added is taken off",
        compact({**FIELDS, "hostname": NODE}),
        "host",
    ),
    Input(
        "Container Insights, dataplane (systemd)",
        "journald's kubelet and container runtime",
        compact({"message": CLOUDWATCH, "hostname": NODE, "systemd_unit": "kubelet.service"}),
        "host, component",
    ),
    Input(
        "Container Insights, host",
        "`/var/log/messages`, `dmesg`, `secure`",
        compact({"host": NODE, "ident": "kernel", "message": CLOUDWATCH}),
        "host, component",
    ),
    Input(
        "A record of the journal",
        "`journalctl -o json`; the kernel's records have no unit",
        compact(
            {
                "MESSAGE": CLOUDWATCH,
                "_HOSTNAME": NODE,
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
        f"2026-01-10T10:00:00.100000001Z stderr F {LINE}",
        "time",
    ),
    Input(
        "CRI prefix, a line in pieces",
        "lines longer than 16 KB: pieces `P`, the last one `F`",
        f"2026-01-10T10:00:00.1Z stderr P {LINE[:80]}\n2026-01-10T10:00:00.2Z stderr F {LINE[80:]}",
        "time",
    ),
    Input(
        "CRI prefix within Fluent Bit's `log`",
        "Fluent Bit without a CRI parser",
        compact({"log": f"2026-01-10T10:00:00.1Z stderr F {LINE}", "kubernetes": KUBERNETES}),
        "pod, namespace, container, host, time",
    ),
    Input(
        "A result of Logs Insights",
        "console, an object a line",
        compact(RESULT),
        "log group, log stream, time",
    ),
    Input(
        "An event of filter-log-events",
        "shipped on, an object a line",
        compact({**EVENT, "ingestionTime": MS}),
        "log stream, time",
    ),
    Input(
        "A blank after each `;`",
        "tables made from Logs Insights",
        CLOUDWATCH.replace(";", "; "),
    ),
    Input(
        "A row of the console's table",
        "copied from Logs Insights",
        f"| 2026-01-10 10:00:00.100 | {CLOUDWATCH} |",
        "time",
    ),
    Input(
        "A time before the line",
        "copied from the CloudWatch console",
        f"2026-01-10T04:00:00.100-06:00   {CLOUDWATCH}",
        "time",
    ),
    Input(
        "A time and a stream before the line",
        "`aws logs tail`",
        f"2026-01-10T10:00:00.100000+00:00 {STREAM} {CLOUDWATCH}",
        "time, component",
    ),
    Input(
        "stern",
        "`stern aws-node`, with and without a namespace, `-t`",
        f"aws-node-x7k2p aws-eks-nodeagent {LINE}",
        "pod, container",
    ),
    Input("k9s", "copied from its log view", f"\u2502 aws-eks-nodeagent {LINE}", "container"),
    Input(
        "kubectl",
        "`kubectl logs --prefix`, `--timestamps`",
        f"[pod/aws-node-x7k2p/aws-eks-nodeagent] {LINE}",
        "pod, container",
    ),
    Input(
        "OpenTelemetry's exporter to CloudWatch Logs",
        "the collector's `awscloudwatchlogs`: the line is `body`",
        compact({"body": LINE, "resource": {"k8s.container.name": "aws-eks-nodeagent"}}),
        "container",
    ),
    Input(
        "Vector, kubernetes_logs",
        "Vector's sink `aws_cloudwatch_logs`, and any other",
        compact(
            {
                "file": "/var/log/pods/kube-system_aws-node-x7k2p_0a/aws-eks-nodeagent/0.log",
                "kubernetes": {
                    "container_name": "aws-eks-nodeagent",
                    "pod_name": "aws-node-x7k2p",
                    "pod_namespace": "kube-system",
                    "pod_node_name": NODE,
                },
                "message": LINE,
                "source_type": "kubernetes_logs",
                "stream": "stderr",
                "timestamp": TIME,
            }
        ),
        "pod, namespace, container, host, time",
    ),
    Input(
        "Vector, file",
        "the agent's file on the node",
        compact({"file": "x.log", "host": NODE, "message": LINE, "source_type": "file"}),
        "host",
    ),
    Input(
        "Several JSON objects on one line",
        "files joined without line ends",
        '{"level":"info","msg":"hydrated local conntrack cache"}' + LINE,
    ),
    Input(
        "JSON escaped once too often",
        "shippers that write JSON as a string",
        LINE.replace('"', '\\"'),
    ),
)
"""What is taken off a line; wrappers within wrappers too."""

_ENVELOPE: Final = compact(
    {
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": GROUP,
        "logStream": STREAM,
        "subscriptionFilters": ["all"],
        "logEvents": [{"id": "1", "timestamp": MS, "message": CLOUDWATCH}],
    }
)

FILES: Final = (
    Input(
        "Canonical event file",
        "this project; an object a line",
        compact(
            {
                "id": "1",
                "timestamp": MS,
                "logGroup": GROUP,
                "logStream": STREAM,
                "message": CLOUDWATCH,
            }
        ),
        "log group, log stream, time",
    ),
    Input(
        "filter-log-events",
        "`aws logs filter-log-events`, `get-log-events`, as a document or an event a line",
        pretty({"events": [EVENT], "searchedLogStreams": []}),
        "log stream, time",
    ),
    Input(
        "Logs Insights, results",
        "`aws logs get-query-results`",
        pretty(
            {
                "results": [[{"field": key, "value": value} for key, value in RESULT.items()]],
                "status": "Complete",
            }
        ),
        "log group, log stream, time",
    ),
    Input(
        "Logs Insights, JSON",
        "the console's export",
        pretty([RESULT]),
        "log group, log stream, time",
    ),
    Input(
        "Logs Insights, CSV",
        "the console's export",
        f'@timestamp,@message,@logStream\n2026-01-10 10:00:00.100,"{CLOUDWATCH}",{STREAM}\n',
        "log stream, time",
    ),
    Input("Subscription payload", "base64, one a line", PAYLOAD, "log group, log stream, time"),
    Input(
        "A function's event",
        "Lambda, as a file or one a line",
        pretty({"awslogs": {"data": PAYLOAD}}),
        "log group, log stream, time",
    ),
    Input(
        "Subscription envelope, decoded",
        "as a file or one a line",
        _ENVELOPE,
        "log group, log stream, time",
    ),
    Input(
        "Envelopes one after another",
        "Firehose to S3: without line ends, or as members of one gzip file",
        _ENVELOPE,
        "log group, log stream, time",
    ),
    Input(
        "Kinesis and Firehose events",
        "what their functions get",
        compact({"Records": [{"kinesis": {"data": PAYLOAD}, "eventSource": "aws:kinesis"}]}),
        "log group, log stream, time",
    ),
    Input(
        "AWS CLI with `--query`",
        "lists of messages, or rows of time and message",
        pretty([[MS, CLOUDWATCH]]),
        "time",
    ),
    Input(
        "AWS CLI, YAML",
        "`--output yaml`",
        f"events:\n- logStreamName: {STREAM}\n  message: '"
        + CLOUDWATCH.replace("DPORT: ", "DPORT:\n    ")
        + f"'\n  timestamp: {MS}\n",
        "log stream, time",
    ),
    Input(
        "JSON over several lines",
        "`jq .`, `aws logs tail --format json`; also within a log",
        pretty(FIELDS),
    ),
    Input(
        "An answer with hits",
        "`_search` of OpenSearch and Elasticsearch",
        pretty({"took": 3, "hits": {"hits": [{"_source": {"@message": CLOUDWATCH}}]}}),
    ),
    Input(
        "CSV or TSV of other tools",
        "the console's log events view, Splunk, Datadog, Kibana, Grafana",
        f'timestamp,message\n{MS},"{CLOUDWATCH}"\n',
        "time",
    ),
    Input("Export to S3", "`aws logs create-export-task`", f"{TIME} {CLOUDWATCH}", "time"),
    Input("Plain lines", "node files, standard input, anything else", LINE),
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
            "## On a laptop only",
            "",
            "Whoever names a file knows what it is: `parse`, `analyze` and `explain` look into a",
            "line that says nothing as it stands. A text is taken where it is a verdict of a known",
            "form, an audit event, or the words of a known fault; its writer stays unnamed unless",
            "the record names a container. A function reads none of these: there, any pod could",
            "print them. What holds the words of a verdict or a fault and is still not read is",
            "counted (`unread`).",
            "",
            "### Records",
            "",
            *_table(RECORDS),
            "### Copies",
            "",
            *_table(COPIES),
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
