"""Container Insights' dataplane (journald) and host records.

`{"message","hostname","systemd_unit"}` and `{"host","ident","message"}`, as the layout of
amazon-cloudwatch-observability and the aws-samples' fluent-bit.yaml write them. Application and
dataplane tail records are Fluent Bit's. Beside them, what `journalctl -o json` writes.
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
_KERNEL = "kernel"
_MAX_DIGITS = 18
_NODES_OWN = frozenset({_KERNEL, "containerd", "dockerd", "crio"})
"""Of the programs that write a host's log, those that say something of pods and packets."""


def peel_systemd(fields: Fields) -> Peeled | None:
    """Take the message out of a journal's record; `None` for any other."""
    if "systemd_unit" in fields:
        return _peel(fields, _SYSTEMD, "message", "systemd_unit", "hostname")
    return _peel_journal(fields)


def peel_host(fields: Fields) -> Peeled | None:
    """Take the message out of a host log's record; `None` for any other."""
    if "host" not in fields:
        return None
    return _peel(fields, _HOST, "message", "ident", "host")


def _peel_journal(fields: Fields) -> Peeled | None:
    """Take the message out where journald's own names stand, dozens of them: no chart's filter."""
    if "_SYSTEMD_UNIT" in fields:
        writer = "_SYSTEMD_UNIT"
    elif json_text.value_of(fields, "_TRANSPORT") == _KERNEL:
        # The kernel is no unit. What others print into its log has their own name.
        writer = "SYSLOG_IDENTIFIER"
    else:
        return None
    text = json_text.text_of(fields, "MESSAGE")
    if text is None:
        return None
    time = json_text.time_of(json_text.value_of(fields, "time"))
    host = facts.name(json_text.value_of(fields, "_HOSTNAME"))
    told = Facts(host=host, component=_component(json_text.value_of(fields, writer)))
    return Peeled(text, _journal_time(fields) if time is None else time, told)


def _journal_time(fields: Fields) -> int | None:
    """Read journald's time, a text of microseconds since 1970."""
    text = json_text.value_of(fields, "__REALTIME_TIMESTAMP")
    if not isinstance(text, str) or not text.isascii() or not text.isdigit():
        return None
    return json_text.time_of(int(text) / 1_000_000) if len(text) <= _MAX_DIGITS else None


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
