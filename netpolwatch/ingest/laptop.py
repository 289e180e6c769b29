"""What is read on a laptop only, with an example of each: records of other tools, and copies."""

from typing import Final

from netpolwatch.ingest.example import (
    CLOUDWATCH,
    FIELDS,
    GROUP,
    LINE,
    MS,
    NODE,
    STREAM,
    TIME,
    Input,
    compact,
)

_PATH: Final = "/var/log/aws-routed-eni/network-policy-agent.log"
_CONTAINER: Final = "aws-eks-nodeagent"
_POD: Final = "aws-node-x7k2p"
_SECONDS: Final = MS / 1000
_NANOSECONDS: Final = f"{MS}000000"
_OTLP: Final = {
    "resource": {
        "attributes": [{"key": "k8s.container.name", "value": {"stringValue": _CONTAINER}}]
    },
    "scopeLogs": [{"logRecords": [{"timeUnixNano": _NANOSECONDS, "body": {"stringValue": LINE}}]}],
}

RECORDS: Final = (
    Input(
        "A document of OpenSearch",
        "the subscription of CloudWatch Logs to OpenSearch",
        compact({"@timestamp": TIME, "@message": CLOUDWATCH, "@log_group": GROUP, "@id": "3"}),
        "time",
    ),
    Input(
        "A hit of Elasticsearch or OpenSearch",
        "`_search`, one a line or the whole answer",
        compact({"_index": "cwl", "_source": {"@timestamp": TIME, "message": CLOUDWATCH}}),
        "time",
    ),
    Input(
        "Filebeat",
        "Elastic's fields of Kubernetes",
        compact(
            {
                "@timestamp": TIME,
                "message": LINE,
                "kubernetes": {
                    "container": {"name": _CONTAINER},
                    "pod": {"name": _POD},
                    "namespace": "kube-system",
                    "node": {"name": NODE},
                },
            }
        ),
        "pod, namespace, container, host, time",
    ),
    Input(
        "Loki, a line of `logcli --output jsonl`",
        "logcli, Grafana's download",
        compact({"labels": {"container": _CONTAINER}, "line": LINE, "timestamp": TIME}),
        "container, time",
    ),
    Input(
        "Loki, an answer of the API",
        "`/loki/api/v1/query_range`",
        compact(
            {
                "status": "success",
                "data": {
                    "resultType": "streams",
                    "result": [
                        {
                            "stream": {"container": _CONTAINER, "pod": _POD},
                            "values": [[_NANOSECONDS, LINE]],
                        }
                    ],
                },
            }
        ),
        "pod, container, time",
    ),
    Input(
        "Splunk, HTTP event collector",
        "the line as text or as an object",
        compact({"time": _SECONDS, "host": NODE, "sourcetype": "_json", "event": FIELDS}),
        "host, time",
    ),
    Input(
        "Splunk, an exported result",
        "`/services/search/jobs/export`",
        compact({"preview": False, "result": {"_raw": CLOUDWATCH, "_time": TIME, "host": NODE}}),
        "host, time",
    ),
    Input(
        "Datadog",
        "the export of a search, the API",
        compact({"id": "A", "content": {"timestamp": TIME, "host": NODE, "message": LINE}}),
        "host, time",
    ),
    Input(
        "GELF",
        "Graylog, Docker's driver",
        compact(
            {
                "version": "1.1",
                "host": NODE,
                "short_message": LINE,
                "timestamp": _SECONDS,
                "level": 6,
                "_container_name": _CONTAINER,
            }
        ),
        "container, host, time",
    ),
    Input(
        "OTLP as JSON",
        "OpenTelemetry's file exporter",
        compact({"resourceLogs": [_OTLP]}),
        "container, time",
    ),
    Input(
        "stern, JSON",
        "`stern -o json`",
        compact(
            {
                "message": LINE,
                "nodeName": NODE,
                "namespace": "kube-system",
                "podName": _POD,
                "containerName": _CONTAINER,
            }
        ),
        "pod, namespace, container, host",
    ),
    Input(
        "Any other record",
        "a record of which one text, at most eight levels deep, is the line",
        compact({"a": {"b": [{"payload": CLOUDWATCH}]}}),
    ),
    Input(
        "Fluent Bit, stdout",
        "its `stdout` output, JSON or Ruby's `=>`",
        f"[0] eksnp.var.log: [[{_SECONDS:.9f}, {{}}], {compact(FIELDS).replace(':', '=>', 1)}]",
        "time",
    ),
    Input("logfmt", "Alloy, Go kit", f'level=info ts={TIME} msg="{CLOUDWATCH}"', "time"),
)
"""Records that nothing but their one line tells from an application's."""

COPIES: Final = (
    Input("grep, a file's name", "`grep`, `zgrep` over several files", f"{_PATH}:{LINE}"),
    Input("grep, a line's number", "`grep -n`, `-C`", f"412:{LINE}"),
    Input("Numbered lines", "`cat -n`, `less -N`, listings of blogs", f"     7\t{LINE}"),
    Input(
        "syslog",
        "rsyslog and journald: RFC 3164, RFC 5424, `journalctl`",
        f"Jan 10 10:00:00 {NODE} aws-network-policy-agent[2121]: {LINE}",
        "host",
    ),
    Input("journalctl -o export", "a field a line", f"MESSAGE={LINE}"),
    Input(
        "logcli",
        "logcli's own form: a time and labels",
        f'{TIME} {{container="{_CONTAINER}", pod="{_POD}"}} {LINE}',
        "pod, container, time",
    ),
    Input("docker compose", "a name and a bar", f"{_POD}  | {LINE}"),
    Input("The console's rows", "copied with their arrow", f"\u25b6\t{TIME}\t{CLOUDWATCH}", "time"),
    Input(
        "Rows with their log group",
        "the column `@log`",
        f"{TIME} 111122223333:{GROUP} {CLOUDWATCH}",
        "time",
    ),
    Input("A border", "k9s, with or without its right side", f"\u2502 {LINE}   \u2502"),
    Input("Markdown", "quotes, bullets, numbers, backticks", f"> 1. `{CLOUDWATCH}`"),
    Input("Colours", "escape sequences of terminals", f"\x1b[32m{CLOUDWATCH}\x1b[0m"),
    Input("Entities of HTML", "copied from a page's source", LINE.replace('"', "&quot;")),
    Input("A copy without its first brace", "selected one character late", LINE[1:]),
    Input(
        "zap's console form",
        "time, level, source, message",
        f"{TIME}\tinfo\truntime/asm_amd64.s:1700\t{CLOUDWATCH}",
        "time",
    ),
    Input(
        "AWS CLI, text",
        "`--output text`, with and without `--query`",
        f"EVENTS\t3749384\t{MS + 800}\t{STREAM}\t{CLOUDWATCH}\t{MS}",
        "time",
    ),
    Input("AWS CLI, table", "`--output table`", f"||  message  |  {CLOUDWATCH}  ||"),
)
"""What people and tools put around a line when they copy or print it, within one another too."""
