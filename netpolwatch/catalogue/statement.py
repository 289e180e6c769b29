"""What a line says in its own words, apart from what it quotes.

The words of a fault stand in tickets, in search queries and in other programs' messages, too. The
software that has the fault says them at the start of its message: behind its own prefix of time,
level and source (zap, klog, logrus and the kernel), or as the `msg` of its JSON.
"""

import re
from functools import lru_cache
from typing import Any, Final

import msgspec

_MAX_JSON_CHARS: Final = 262_144
_MAX_PREFIX_CHARS: Final = 400
_MAX_WORDS_BEFORE: Final = 8

_HEAD_KEYS: Final = ("level", "ts", "timestamp", "logger", "caller", "msg")
"""zap's own keys in its own order; what a message is about follows."""

_TIME: Final = (
    r"(?:\d{4}[-/]\d\d[-/]\d\d[Tt ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
    r"(?: ?(?:[Zz]|[+-]\d\d:?\d\d)(?: UTC)?)?"
)
_LEVEL: Final = (
    r"[\[<]?(?i:trace|debug|info|notice|warn(?:ing)?|error|err|critical|fatal)[\]>]?(?=[:\s]):?"
)
_SOURCE: Final = r"\[?[\w./@-]{1,120}\.go:\d{1,6}[\]:]{0,2}"
_KLOG: Final = r"[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{1,9} {1,8}\d{1,9} [\w./-]{1,80}\.go:\d{1,6}\]"
_CONTAINER: Final = r"[\u2502|] ?(?:aws-node|aws-eks-nodeagent)?"
LAST_SEEN: Final = r"(?:\d\S{0,9}|<(?:unknown|invalid)>)(?: \(x\d{1,6} over \d\S{0,9}\))?\s{1,40}"
"""The column of a row of events, with what follows it."""

_EVENT: Final = (
    rf"(?:(?:[a-z0-9][a-z0-9-]{{0,62}}\s{{1,40}})?{LAST_SEEN})?"
    r"(?:Warning|Normal)\s{1,40}[A-Z][A-Za-z]{2,40}\s{1,40}"
    rf"(?:{LAST_SEEN})?[A-Za-z][\w./-]{{1,253}}(?=\s)"
)
"""A row of `kubectl get events` (`-A` puts a namespace first) or `kubectl describe`, up to its
message."""

_REPEATED: Final = re.compile(
    r"\s{0,40}(?:[A-Za-z][\w-]{0,62}\s{1,40}){0,2}\d\S{0,9} "
    r"\(x(?P<count>\d{1,6}) over (?P<span>(?:\d{1,6}[dhms]){1,3})\)\s"
)
_UNITS_MS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000}

_STREAM: Final = r"std(?:out|err) [FP]"
_NODES_OWN: Final = (
    r"(?:[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d|\S{19,40}) [\w.-]{1,253}"
    r" (?:kernel|kubelet\[\d{1,9}\]):"
    r"|kern *: *[a-z]{3,7} *:|kern\.[a-z]{3,7}:|<\d{1,3}>|\[[ \d.]{1,20}\]|\[ {0,10}[CT]\d{1,9}\]"
    r"|\d{1,3},\d{1,12},\d{1,16},[^;\s]{1,8};"
    r"|\[[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d \d{4}\]"
)
_PREFIX: Final = re.compile(
    rf"\s{{0,40}}(?:(?:{_TIME}|{_LEVEL}|{_SOURCE}|{_KLOG}|{_CONTAINER}|{_STREAM}|{_NODES_OWN}|{_EVENT})"
    rf"\s{{0,40}}){{0,{_MAX_WORDS_BEFORE}}}"
)
_LOGRUS: Final = re.compile(
    r'(?P<before>.{0,200}?)(?:time="[^"]{1,40}" )?(?:level=\w{1,10} )?msg="'
)
_LOGRUS_REST: Final = re.compile(r'(?:[^"\\\n]|\\.){0,2000}"(?:\s*$|\s+error=)', re.MULTILINE)
_MESSAGE: Final = re.compile(r'"msg" ?: ?"\s{0,8}$', re.IGNORECASE)
_TIMED: Final = re.compile(r'^\s{0,40}\{?[^{}]{0,200}?"(?:ts|timestamp)" ?:', re.IGNORECASE)
_BARE: Final = re.compile(
    r'\s*\{(?:"(?:level|logger|caller)":"[^"\\]{0,200}",){0,3}"msg":"(?:[^"\\]|\\.){0,4000}"\}\s*'
)
"""A line of which somebody left all but the message out."""

_OTHERS: Final = re.compile(
    r'"subsys":|"logger" ?: ?"[^"\\]{0,80}'
    r"(?i:antrea|calico|cilium|felix|karpenter|kmesh|loxilb|retina|tetragon)"
)
_OTHERS_FIELD: Final = " subsys="
"""Marks of those who say some of the agent's words of maps of their own; Cilium's is `subsys`."""

_OTHERS_HEAD: Final = re.compile(r'"(?:timestamp|logger)" ?:', re.IGNORECASE)
_MAX_HEAD_CHARS: Final = 1000

_MAX_REST_CHARS: Final = 4000
_BLANKS: Final = " \t\r\n\ufeff"
_json = msgspec.json.Decoder(dict[str, Any])


@lru_cache(maxsize=1)
def laid_out(text: str) -> str:
    """Write a JSON line as zap does: its keys in zap's order, without blanks and needless escapes.

    Any other text stays as it is.
    """
    if not _is_json(text) or '"msg"' not in text or len(text) > _MAX_JSON_CHARS:
        return text
    try:
        fields = _json.decode(text.lstrip(_BLANKS))
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return text
    ordered = {key: fields[key] for key in _HEAD_KEYS if key in fields}
    return msgspec.json.encode(ordered | fields).decode()


def repeated(text: str) -> tuple[int, int] | None:
    """Return how often a row of events says that it happened, and within how long (ms)."""
    found = _REPEATED.match(text)
    if found is None:
        return None
    span_ms = sum(
        int(number) * _UNITS_MS[unit]
        for number, unit in re.findall(r"(\d{1,6})([dhms])", found["span"])
    )
    return int(found["count"]), span_ms


def begins_statement(text: str, at: int) -> bool:
    """Tell whether a line of `text` begins to speak for itself at an offset."""
    start = text.rfind("\n", 0, at) + 1
    before = text[start:at].lstrip(_BLANKS)
    brace = before.find("{")
    if brace >= 0 or before.startswith('"'):
        return (
            _PREFIX.fullmatch(before[: max(brace, 0)][:_MAX_PREFIX_CHARS]) is not None
            and _MESSAGE.search(before[-64:]) is not None
            and _is_zaps(text[start:])
        )
    if len(before) > _MAX_PREFIX_CHARS:
        return False
    return _PREFIX.fullmatch(before) is not None or _is_of_logrus(before, text, at)


def has_keys_of_others(text: str, at: int) -> bool:
    """Tell whether JSON begins, before an offset, with keys that IPAMD and the plugin never write.

    Their zap writes `level`, `ts`, `caller` and `msg`; controllers of the same words name a logger.
    """
    start = text.rfind("\n", 0, at) + 1
    return _OTHERS_HEAD.search(text, max(start, at - _MAX_HEAD_CHARS), at) is not None


def _is_zaps(line: str) -> bool:
    """Whether a line has zap's own keys: a time, or nothing beside the message."""
    if _OTHERS.search(line):
        return False
    return _TIMED.search(line) is not None or _BARE.fullmatch(line) is not None


def is_cut_json(text: str) -> bool:
    """Whether a line begins as a JSON object and does not end as one."""
    return _is_json(text) and text[-_MAX_PREFIX_CHARS:].rstrip(_BLANKS)[-1:] != "}"


def _is_json(text: str) -> bool:
    return text[:_MAX_PREFIX_CHARS].lstrip(_BLANKS)[:1] == "{"


def _is_of_logrus(before: str, text: str, at: int) -> bool:
    # Other programs write logfmt with keys of their own behind the message.
    found = _LOGRUS.fullmatch(before)
    if (
        found is None
        or _OTHERS_FIELD in text[at : at + _MAX_REST_CHARS]
        or _PREFIX.fullmatch(found["before"]) is None
    ):
        return False
    return _LOGRUS_REST.match(text, at) is not None
