"""What the agent's other lines say that bears on a DENY nearby.

Wordings: aws-network-policy-agent v0.1.0 to v1.4.1. Keys and values up to v1.2.1, sentences since;
both start with the same words. A fact holds names and numbers, never a piece of the raw line.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from netpolwatch.flows.address import whole_address
from netpolwatch.flows.model import NotAFlowError
from netpolwatch.verdicts.window.keys import conntrack_key

_MAX_CHARS = 4096
"""The agent's lines are short; only the start of a long one is read."""


class ConntrackDelete(msgspec.Struct, frozen=True, gc=False):
    """The clean-up deleted a connection; `key` as `keys.conntrack_key` writes it."""

    key: str
    time: int | None = None


class CleanupCycle(msgspec.Struct, frozen=True, gc=False):
    """The conntrack map's clean-up started or ended."""

    time: int | None = None


class CleanupPeriod(msgspec.Struct, frozen=True, gc=False):
    """How often the clean-up runs, in seconds."""

    seconds: int
    time: int | None = None


class ProbesAttached(msgspec.Struct, frozen=True, gc=False):
    """eBPF programs were attached to a pod; `pod` is `namespace/name`, empty where not told."""

    pod: str
    interface: str | None = None
    time: int | None = None


class ProbesKept(msgspec.Struct, frozen=True, gc=False):
    """A pod had its programs already: the attachment told beside this is no pod's start."""

    pod: str
    time: int | None = None


class MapFailure(msgspec.Struct, frozen=True, gc=False):
    """An eBPF map could not be written; `errno` in the kernel's words, `None` where not told."""

    errno: str | None
    time: int | None = None


class AgentStart(msgspec.Struct, frozen=True, gc=False):
    """The agent's process started."""

    time: int | None = None


class EnforcingMode(msgspec.Struct, frozen=True, gc=False):
    """Whether pods without policies are denied (strict) or allowed (standard)."""

    strict: bool
    time: int | None = None


Fact = (
    ConntrackDelete
    | CleanupCycle
    | CleanupPeriod
    | ProbesAttached
    | ProbesKept
    | MapFailure
    | AgentStart
    | EnforcingMode
)

_QUOTED = '"msg":"'
_SPACED = '"msg": "'
_TUPLE = re.compile(
    r"(?P<key>[0-9a-fA-F.:]{1,45} Source port - \d{1,5} Dest IP - [0-9a-fA-F.:]{1,45}"
    r" Dest port - \d{1,5} Protocol - \d{1,3})(?!\d)"
)
_KEY_STARTS, _KEY_ENDS = "Conntrack Key : Source IP - ", " Owner IP - "
_MAX_KEY_CHARS = 160
_NAME = r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}"
# Names after their marks' quotes, colons and commas were blanked: keys and values (up to v1.2.1)
# and sentences then read alike.
_POD = re.compile(
    rf"\b(?:pod|Name) +(?P<name>{_NAME}) +(?:in )?(?:namespace|Namespace) +(?P<namespace>{_NAME})"
    rf"(?: +with hostVethName +(?P<interface>[a-z0-9]{{1,15}})\b)?"
)
_BLANKED = str.maketrans('":,', "   ")
# Lower-case words only, where the kernel's own words stand: nothing else of the line is told on.
_ERRNO = re.compile(
    r"(?:update map(?: entry)?|ret -1 and err)[: ]{1,2}(?:and ret -1 and err )?"
    r"(?P<errno>[a-z]+(?: [a-z]+){0,5})"
)
_STATE = re.compile(
    r"default_(?P<word>deny|allow) for"
    r"|podIdentifier: \S{1,300} (?:for network policy state, )?(?:state|value): (?P<number>[0-2])"
)
_MODE = re.compile(r"NetworkPolicyMode\W{1,6}(?P<mode>strict|standard)\b", re.IGNORECASE)
_PERIOD = re.compile(r"cleanupPeriod\W{1,4}(?P<seconds>\d{1,6})\b")
_STRICT = {"deny": True, "allow": False, "2": True, "1": False}
_decoder = msgspec.json.Decoder(dict[str, Any])


def fact_of(text: str, time: int | None = None) -> Fact | None:
    """Read a line that is no flow; `None` for nearly all of them, after one look at four letters.

    `time` is a moment (see `moments`) that the fact is to carry.
    """
    at = text.find(_QUOTED)
    if at >= 0:
        at += len(_QUOTED)
    else:
        at = text.find(_SPACED) + len(_SPACED) if _SPACED in text else _bare_start(text)
    reader = _READERS.get(text[at : at + 4]) if at >= 0 else None
    return None if reader is None else reader(text[at : at + _MAX_CHARS], time)


def _bare_start(text: str) -> int:
    """Find where the words start in a copied line that is no JSON."""
    if text[:4] in _READERS:
        return 0
    if not any(hint in text for hint in _BARE_HINTS):
        return -1
    for anchor in _BARE_ANCHORS:
        at = text.find(anchor, 0, _MAX_CHARS)
        if at >= 0:
            return at
    return -1


def _conntrack(text: str, time: int | None) -> Fact | None:
    if not text.startswith("Conntrack cleanup"):
        return _connected(text, time)
    # From v1.4 on entries in use are skipped, which is told in nearly the same words.
    if text.startswith("Conntrack cleanup Skip"):
        return None
    start = text.find(_KEY_STARTS)
    if start < 0:
        return _raw_key(text, time)
    start += len(_KEY_STARTS)
    end = text.find(_KEY_ENDS, start, start + _MAX_KEY_CHARS)
    if end >= 0:
        return ConntrackDelete(text[start:end], time)
    # Up to v1.0.4 the key has no owner: it ends with the number of its protocol.
    found = _TUPLE.match(text, start)
    return ConntrackDelete(found["key"], time) if found else None


def _connected(text: str, time: int | None) -> Fact | None:
    period = _PERIOD.search(text) if text.startswith("ConntrackTTL") else None
    if period:
        return CleanupPeriod(int(period["seconds"]), time)
    return _mode(text, time) if text.startswith("Connected to ipamd") else None


def _raw_key(text: str, time: int | None) -> Fact | None:
    """Read the struct that agents up to v1.0.7 wrote: numbers in the order of the node's memory."""
    at = text.find('"Delete - ":{')
    end = text.find("}", at)
    if at < 0 or end < 0:
        return None
    try:
        fields = _decoder.decode(text[at + len('"Delete - ":') : end + 1])
        source = (_raw_address(fields["Source_ip"]), int(fields["Source_port"]))
        destination = (_raw_address(fields["Dest_ip"]), int(fields["Dest_port"]))
        return ConntrackDelete(conntrack_key(source, destination, int(fields["Protocol"])), time)
    except (msgspec.DecodeError, UnicodeEncodeError, *_NOT_A_KEY):
        return None


_NOT_A_KEY = (KeyError, ValueError, TypeError, OverflowError, NotAFlowError)


def _raw_address(value: object) -> str:
    if isinstance(value, int):
        return ".".join(map(str, value.to_bytes(4, "little")))
    octets = bytes(value if isinstance(value, list) else ())
    if len(octets) != 16:  # noqa: PLR2004  # octets of an IPv6 address
        raise ValueError("not an address")
    groups = (f"{octets[at] << 8 | octets[at + 1]:x}" for at in range(0, 16, 2))
    return whole_address(":".join(groups)) or ""


def _cycle(text: str, time: int | None) -> Fact | None:
    marks = ("Check for any stale entries in the conntrack map", "Done cleanup of conntrack map")
    return CleanupCycle(time) if text.startswith(marks) else None


def _attached(text: str, time: int | None) -> Fact | None:
    if not text.startswith(("AttacheBPFProbes for", "Successfully attached ")):
        return None
    pod, interface = _pod(text)
    return ProbesAttached(pod, interface, time)


def _pod_line(text: str, time: int | None) -> Fact | None:
    if text.startswith("Pod already has "):
        return ProbesKept(_pod(text)[0], time)
    return _map_failure(text, time)


def _pod(text: str) -> tuple[str, str | None]:
    found = _POD.search(text[:600].translate(_BLANKED))
    return (f"{found['namespace']}/{found['name']}", found["interface"]) if found else ("", None)


def _map_failure(text: str, time: int | None) -> Fact | None:
    if "failed" not in text and not text.startswith(("Failed to update kernel map", "unable to ")):
        return None
    if "ap update" not in text and "update map" not in text and "kernel map" not in text:
        return None
    found = _ERRNO.search(text)
    return MapFailure(found["errno"] if found else None, time)


def _started(text: str, time: int | None) -> Fact | None:
    own = text.startswith(("Starting network policy agent", "starting manager"))
    return AgentStart(time) if own else None


def _mode(text: str, time: int | None) -> Fact | None:
    found = _MODE.search(text)
    return EnforcingMode(found["mode"].lower() == "strict", time) if found else None


def _state(text: str, time: int | None) -> Fact | None:
    # A second line tells the cluster policies' state, which is to allow in either mode.
    if not text.startswith("Updating pod_state map") or "for cluster network policy" in text:
        return None
    found = _STATE.search(text)
    strict = _STRICT.get(found["word"] or found["number"]) if found else None
    return None if strict is None else EnforcingMode(strict, time)


_READERS: Final[dict[str, Callable[[str, int | None], Fact | None]]] = {
    "Conn": _conntrack,
    "Chec": _cycle,
    "Done": _cycle,
    "Atta": _attached,
    "Succ": _attached,
    "Pod ": _pod_line,
    "Star": _started,
    "star": _started,
    "Upda": _state,
    "No a": _mode,
    "BPF ": _map_failure,
    "Ingr": _map_failure,
    "Egre": _map_failure,
    "Clus": _map_failure,
    "clus": _map_failure,
    "Netw": _map_failure,
    "Map ": _map_failure,
    "Fail": _map_failure,
    "unab": _map_failure,
}
_BARE_HINTS = ("onntrack", "robe", "ap update", "update map", "network policy agent", "pod_state")
_BARE_ANCHORS = (
    "Conntrack cleanup ", "Check for any stale entries in the conntrack map",
    "Done cleanup of conntrack map", "AttacheBPFProbes for", "Successfully attached ",
    "Pod already has ", "Starting network policy agent", "Updating pod_state map",
    "Ingress Pod State Map update", "Egress Pod State Map update", "Ingress Map update",
    "Egress Map update", "BPF map update failed", "Map update", "unable to update map",
)  # fmt: skip
