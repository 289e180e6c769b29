"""The node file's key/value form: a whole line, or a line of garbled fields."""

import json
from collections.abc import Iterator

from netpolwatch.flows import file_kv
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import NotAFlowError
from tests.fuzz import seeds as corpus
from tests.fuzz.promises import check_flow, pieces_of, text_of

_KEYS = ("ts", "Src IP", "Src Port", "Dest IP", "Dest Port", "Proto", "Verdict", "msg")


def check(data: bytes) -> None:
    if data.startswith(b"\0"):
        _check_fields(dict(zip(_KEYS, pieces_of(data[1:], len(_KEYS)), strict=True)))
        return
    text = text_of(data)
    flow = parse_flow(text)
    if flow is not None and flow.form == "file-kv":
        check_flow(flow, text)


def seeds() -> Iterator[bytes]:
    yield (
        b"\0002024-10-10T11:32:51.725Z\x0010.0.1.44\x0043322\x0064.6.160\x0053\0ANY PROTOCOL\0DENY"
        b"\0Flow Info:  "
    )
    yield from (line.encode() for line in corpus.lines() if "Src IP" in line and "Proto" in line)


def _check_fields(texts: dict[str, str]) -> None:
    numbers = {key: int(texts[key]) for key in ("Src Port", "Dest Port") if _is_number(texts[key])}
    fields = texts | numbers
    line = json.dumps(fields, ensure_ascii=False)
    try:
        flow = file_kv.parse(fields)
    except NotAFlowError:
        assert parse_flow(line) is None
        return
    if flow is not None and "Flow Info:" in line:
        assert parse_flow(line) == flow, "the door and the grammar agree"
        check_flow(flow, "\n".join(texts.values()))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 30
