"""Copied lines: what people's tools put before and around them, a piece at a time.

Sources: grep, less, journalctl, rsyslog (RFC 3164 and 5424), docker compose, logcli, Fluent Bit's
stdout, the consoles of CloudWatch and k9s, Markdown.
"""

import html
import re
from collections.abc import Iterator
from typing import Final

from netpolwatch.ingest.loose.model import Offer
from netpolwatch.ingest.loose.moments import moment_of
from netpolwatch.ingest.origin import AGENT, APPLICATION, AWS_NODE, HOST, IPAMD, KUBELET
from netpolwatch.ingest.wrappers import facts
from netpolwatch.ingest.wrappers.model import NO_FACTS, Facts

_MAX_PREFIX_CHARS: Final = 600
_ESCAPE_CODES: Final = re.compile(
    r"\x1b(?:\[[0-?]{0,16}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,256}(?:\x07|\x1b\\)|[@-Z\\-_])"
    r"|\[\d{1,3}(?:;\d{1,3}){0,4}m"
)
"""Colours and links of terminals; the last form has lost its escape character."""

_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2028\u2029\u2060\ufeff\x00]")
_ENTITY: Final = re.compile(r"&(?:quot|amp|lt|gt|nbsp|#\d{1,5}|#x[0-9a-fA-F]{1,4});")
_STAMP: Final = (
    r"\d{4}[-/]\d\d[-/]\d\d[Tt_ ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
    r"(?: ?(?:[Zz]|UTC|[+-]\d\d:?\d\d))?"
)
_NAME: Final = r"[A-Za-z0-9][\w.-]{0,252}"
_SYSLOG: Final = re.compile(
    rf"(?:<\d{{1,3}}>)?(?:[A-Z][a-z]{{2}} {{1,2}}\d{{1,2}} \d\d:\d\d:\d\d|(?P<time>{_STAMP}))"
    rf" (?P<host>{_NAME}) (?P<ident>[\w./@-]{{1,64}})(?:\[\d{{1,9}}\])?: "
)
_SYSLOG_5424: Final = re.compile(
    rf"<\d{{1,3}}>\d{{1,2}} (?P<time>{_STAMP}|-) (?P<host>{_NAME}|-) (?P<ident>[\w./@-]{{1,64}})"
    r" \S{1,128}"
    r" \S{1,32} (?:-|(?:\[[^\]]{0,400}\])+) (?:\ufeff)?"
)
_LABELS: Final = re.compile(
    rf"(?P<time>{_STAMP})?\s{{0,4}}(?P<labels>\{{\s?(?:[A-Za-z_]\w{{0,63}}\s?=\s?\"[^\"]{{0,256}}\"(?:,\s?)?){{1,40}}\}})\s{{1,4}}"
)
_LABEL: Final = re.compile(r"([A-Za-z_]\w{0,63})\s?=\s?\"([^\"]{0,256})\"")
_FLUENT_BIT: Final = re.compile(r"\[\d{1,9}\] (?P<tag>\S{1,512}): (?=\[)")
_FLUENTD: Final = re.compile(
    rf"(?P<time>{_STAMP})\s{{1,4}}(?P<tag>[\w.*/-]{{1,512}}):?\s{{1,4}}(?=[\[{{])"
)
_BEFORE_PIPE: Final = re.compile(rf"(?P<name>{_NAME}(?:[ /]{_NAME}){{0,2}})\s{{0,40}}\|\s{{1,4}}")
_TWO_NAMES: Final = re.compile(
    r"(?P<pod>aws-node-[a-z0-9]{5})[ /:](?P<container>[a-z0-9-]{1,63})[ :]{1,4}"
)
_PATH: Final = re.compile(
    r"(?:\(standard input\)|[\w.~/\\:@%+=-]{0,512}[\w)]):(?:\d{1,9}[:-])?(?=[{\"NF\d\[<])"
    r"|[\w.~/\\@%+=-]{0,512}\.(?:log|gz|txt|json)[\w.-]{0,40}?-(?:\d{1,9}-)?(?=[{\"NF])"
)
_NUMBER: Final = re.compile(r"(?:#|L)?\d{1,9}(?:[:|)\t]|-(?=[{\"NF])|\s{0,8}(?=[{N\"F]|\s))\s{0,8}")
_TIME: Final = re.compile(rf"\[?(?P<time>{_STAMP}|\d{{13}})\]?[\s|,:]{{1,8}}")
_LEVEL: Final = re.compile(
    r"(?i:\[?(?:trace|debug|info|notice|warn(?:ing)?|error|err)\]?)[:\s]{1,8}"
)
_SOURCE: Final = re.compile(r"[\w./-]{1,120}\.(?:go|s):\d{1,6}[:\s]{1,8}")
_GROUP: Final = re.compile(r"\d{12}:/?[\w./-]{1,512}\s{1,8}")
"""The log group, behind its account, as the console and Logs Insights print it."""

_KEY: Final = re.compile(r"(?:MESSAGE=|Body: (?=Str\())")
"""`journalctl -o export`, and the debug exporter of OpenTelemetry's collector."""

_MARKS: Final = re.compile(
    r"(?:[>\u25b6\u25b8\u25bc\u2502\u2503\u2551|\u2022\u00bb\u203a]|[*+-](?=\s)|\d{1,4}[.)](?=\s)|[$#](?=\s)){1,6}\s{0,8}"
)
_AROUND: Final = "` \t\r\n\u2502\u2503\u2551|,;\"'\u201c\u201d"
_TAG_AT_END: Final = re.compile(r"(?:</?[a-z]{1,10} ?/?>\s{0,8}){1,8}$")
_FENCES: Final = (
    ("`", "`"),
    ("'", "'"),
    ("<code>", "</code>"),
    ("<pre>", "</pre>"),
    ("Str(", ")"),
    ("(", ")"),
)
_IDENTS: Final = {
    "aws-network-policy-agent": AGENT, "network-policy-agent": AGENT, "aws-eks-nodeagent": AGENT,
    "aws-node": AWS_NODE, "ipamd": IPAMD, "aws-k8s-agent": IPAMD, "kubelet": KUBELET,
    "kernel": HOST,
}  # fmt: skip


def cleaned(text: str) -> str:
    """Return a text without colours, invisible characters, and entities of HTML."""
    text = _INVISIBLE.sub("", _ESCAPE_CODES.sub("", text)).replace("\u00a0", " ")
    return html.unescape(text) if _ENTITY.search(text) else text


def offers_of(text: str) -> Iterator[Offer]:
    """Yield what is left of a text when one piece that was copied with it is taken off."""
    head = text[:_MAX_PREFIX_CHARS]
    for found in (_SYSLOG_5424.match(head), _SYSLOG.match(head)):
        if found:
            told = _of_ident(found["ident"], found["host"])
            yield Offer(text[found.end() :], moment_of(found["time"] or ""), told)
    found = _LABELS.match(head)
    if found:
        labels = dict(_LABEL.findall(found["labels"]))
        yield Offer(text[found.end() :], moment_of(found["time"] or ""), _of_labels(labels))
    found = _TWO_NAMES.match(head)
    if found:
        told = facts.of_container(found["pod"], None, found["container"])
        yield Offer(text[found.end() :], facts=told)
    found = _FLUENTD.match(head)
    if found:
        yield Offer(text[found.end() :], moment_of(found["time"]))
    found = _TIME.match(head)
    if found:
        yield Offer(text[found.end() :], moment_of(found["time"]))
    for prefix in (_FLUENT_BIT, _BEFORE_PIPE, _PATH, _NUMBER, _LEVEL, _SOURCE, _GROUP, _KEY):
        found = prefix.match(head)
        if found and found.end():
            yield Offer(text[found.end() :])
    found = _MARKS.match(head)
    if found:
        yield Offer(text[found.end() :], quoted=True)
    yield from _without_ends(text)


def _without_ends(text: str) -> Iterator[Offer]:
    for opening, closing in _FENCES:
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening):
            yield Offer(text[len(opening) : -len(closing)].strip(), quoted=opening == "(")
    trimmed = _TAG_AT_END.sub("", text).rstrip(_AROUND)
    if trimmed != text and not text.startswith('"'):
        yield Offer(trimmed)
    # A copy that began one character late.
    if text.startswith(('"level":', '"level" :', 'level":"')):
        yield Offer(("{" if text.startswith('"') else '{"') + text)


def _of_ident(ident: str, host: str) -> Facts:
    component = _IDENTS.get(ident.rpartition("/")[2].removesuffix(".service"), APPLICATION)
    return Facts(host=facts.name(host), component=component)


def _of_labels(labels: dict[str, str]) -> Facts:
    pod, container = facts.name(labels.get("pod")), facts.name(labels.get("container"))
    if pod is None and container is None:
        return NO_FACTS
    host = facts.name(labels.get("node_name") or labels.get("node") or labels.get("host"))
    return facts.of_container(pod, facts.name(labels.get("namespace")), container, host)
