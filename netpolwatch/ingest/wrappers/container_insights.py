"""Container Insights' dataplane (journald) and host records.

`{"message","hostname","systemd_unit"}` and `{"host","ident","message"}`, as the layout of
amazon-cloudwatch-observability and the aws-samples' fluent-bit.yaml write them. Application and
dataplane tail records are Fluent Bit's.
"""

from netpolwatch.ingest.origin import APPLICATION, HOST, KUBELET
from netpolwatch.ingest.wrappers import facts, json_text
from netpolwatch.ingest.wrappers.json_text import Fields
from netpolwatch.ingest.wrappers.model import Facts, Peeled

_BESIDE = frozenset({
    "time", "timestamp", "az", "ec2_instance_id", "pid", "pri", "priority", "syslog_identifier",
})  # fmt: skip
_SYSTEMD = frozenset({"message", "hostname", "systemd_unit"})
_HOST = frozenset({"message", "host", "ident"})
_NODES_OWN = frozenset({"kernel", "containerd", "dockerd", "crio"})
"""Of the programs that write a host's log, those that say something of pods and packets."""


def peel_systemd(fields: Fields) -> Peeled | None:
    """Take the message out of a journal's record; `None` for any other."""
    if "systemd_unit" in fields:
        return _peel(fields, _SYSTEMD, "message", "systemd_unit", "hostname")
    # Without the chart's filter, journald's own names stand there, dozens of them.
    if "_SYSTEMD_UNIT" in fields and "_HOSTNAME" in fields:
        return _peel(fields, frozenset(fields), "MESSAGE", "_SYSTEMD_UNIT", "_HOSTNAME")
    return None


def peel_host(fields: Fields) -> Peeled | None:
    """Take the message out of a host log's record; `None` for any other."""
    if "host" not in fields:
        return None
    return _peel(fields, _HOST, "message", "ident", "host")


def _peel(
    fields: Fields, own: frozenset[str], message: str, writer: str, host: str
) -> Peeled | None:
    # An application's JSON has a message too: with keys of its own, it is the line itself.
    if not fields.keys() <= own | _BESIDE:
        return None
    text, named = json_text.text_of(fields, message), facts.name(json_text.value_of(fields, host))
    if text is None or named is None:
        return None
    unit = json_text.value_of(fields, writer)
    told = Facts(host=named, component=_component(unit))
    return Peeled(text, json_text.time_of(json_text.value_of(fields, "time")), told)


def _component(writer: object) -> str:
    """Tell who wrote a record: a systemd unit, or a program's name in syslog."""
    name = writer.removesuffix(".service") if isinstance(writer, str) else None
    if name == KUBELET:
        return KUBELET
    return HOST if name is None or name in _NODES_OWN else APPLICATION
