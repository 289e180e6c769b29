"""A line of any form becomes a flow, or it is not a flow."""

from typing import Any

import msgspec

from netpolwatch.flows import cloudwatch, file_kv, file_sentence
from netpolwatch.flows.model import Flow, Form, NotAFlowError
from netpolwatch.ingest.prefix import without_time

_MAX_FLOW_CHARS = 4096
_RENDERERS = {
    "cloudwatch": cloudwatch.render,
    "file-kv": file_kv.render,
    "file-sentence-v4": file_sentence.render,
    "file-sentence-v6": file_sentence.render,
}
_decoder = msgspec.json.Decoder(dict[str, Any])


def parse_flow(text: str) -> Flow | None:
    """Read a line as a flow; `None` for anything that only looks like one."""
    if len(text) > _MAX_FLOW_CHARS:
        return None
    try:
        return _parse(text)
    except NotAFlowError:
        return None


def may_be_flow(text: str) -> bool:
    """Tell cheaply whether it is worth while to try the grammars."""
    return cloudwatch.MARK in text or "Flow Info:" in text


def render_flow(flow: Flow) -> str:
    """Write a flow in its own form."""
    return _RENDERERS[flow.form](flow)


def forms() -> tuple[Form, ...]:
    """Name every written form."""
    return ("cloudwatch", "file-kv", "file-sentence-v4", "file-sentence-v6")


def _parse(text: str) -> Flow | None:
    if text.startswith(cloudwatch.PREFIX):
        return cloudwatch.parse(text)
    if not may_be_flow(text):
        return None
    copied = without_time(text.strip())
    if copied.text.startswith(cloudwatch.PREFIX):
        flow = cloudwatch.parse(copied.text)
    else:
        flow = _from_file(copied.text)
    if flow is None or flow.timestamp is not None:
        return flow
    return msgspec.structs.replace(flow, timestamp=copied.timestamp)


def _from_file(text: str) -> Flow | None:
    if text.startswith(file_sentence.PREFIX):
        return file_sentence.parse(text)
    fields = _decode(text)
    if fields is None:
        return None
    return file_kv.parse(fields) or file_sentence.parse_line(fields)


def _decode(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    # A copy from a wrapped page has line breaks within its keys, which JSON does not allow.
    for candidate in (text, text.replace("\n", " ")):
        try:
            return _decoder.decode(candidate)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            continue
    return None
