"""The form of the node file up to agent v1.2.1: JSON keys and values.

The time key is `timestamp` up to v1.0.2 and `ts` from v1.0.4. `caller` and `logger` come and go
between versions: nothing is read from them.
"""

from typing import Any

from netpolwatch.flows.address import short_address, whole_address
from netpolwatch.flows.model import Flow, NotAFlowError
from netpolwatch.flows.node_file import time_of, write_line
from netpolwatch.flows.words import PROTOCOLS, VERDICTS, port, word
from netpolwatch.ingest.timestamps import rfc3339

_MESSAGE = "Flow Info:"


def parse(fields: dict[str, Any]) -> Flow | None:
    """Read a decoded JSON line; `None` when not of this form, `NotAFlowError` when garbled."""
    if "Src IP" not in fields or str(fields.get("msg")).rstrip() != _MESSAGE:
        return None
    return Flow(
        form="file-kv",
        source_ip=whole_address(_text(fields, "Src IP")),
        source_port=_port(fields, "Src Port"),
        destination_ip=whole_address(_text(fields, "Dest IP")),
        destination_port=_port(fields, "Dest Port"),
        protocol=word(_text(fields, "Proto"), PROTOCOLS),
        verdict=word(_text(fields, "Verdict"), VERDICTS),
        timestamp=time_of(fields),
    )


def render(flow: Flow) -> str:
    """Write a flow as agents v1.0.4 to v1.2.1 do."""
    line = {
        "level": "info",
        "ts": rfc3339(flow.timestamp),
        "logger": "ebpf-client",
        "msg": f"{_MESSAGE}  ",
        "Src IP": short_address(flow.source_ip),
        "Src Port": flow.source_port,
        "Dest IP": short_address(flow.destination_ip),
        "Dest Port": flow.destination_port,
        "Proto": flow.protocol,
        "Verdict": flow.verdict,
    }
    return write_line(line)


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str):
        raise NotAFlowError(f"{key} is no text")
    return value


def _port(fields: dict[str, Any], key: str) -> int:
    value = fields.get(key)
    if type(value) is not int or value < 0:
        raise NotAFlowError(f"{key} is no number")
    return port(str(value)[:8])
