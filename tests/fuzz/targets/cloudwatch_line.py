"""The grammar of the CloudWatch form: a whole line, or a line of garbled fields."""

from collections.abc import Iterator

from netpolwatch.flows import cloudwatch
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import NotAFlowError
from tests.fuzz import seeds as corpus
from tests.fuzz.promises import check_flow, pieces_of, text_of

_FIELDS = "Node: {};SIP: {};SPORT: {};DIP: {};DPORT: {};PROTOCOL: {};PolicyVerdict: {};Tier: {}"


def check(data: bytes) -> None:
    if data.startswith(b"\0"):
        _check_line(_FIELDS.format(*pieces_of(data[1:], 8)))
    else:
        _check_line(text_of(data))


def seeds() -> Iterator[bytes]:
    yield b"\0node-1\x0010.0.1.44\x0043322\x0064.6.160\x0053\0ANY PROTOCOL\0DENY\0NETWORK_POLICY"
    yield b"\0\0fd00::1\x000\0****\x000\0TCP\0EXPIRED/DELETED\0ERROR"
    yield from (line.encode() for line in corpus.lines() if "PolicyVerdict" in line)


def _check_line(text: str) -> None:
    try:
        flow = cloudwatch.parse(text)
    except NotAFlowError:
        assert parse_flow(text) is None
        return
    if flow is not None:
        assert parse_flow(text) == flow, "the door and the grammar agree"
        check_flow(flow, text)
