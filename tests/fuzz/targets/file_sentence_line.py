"""The node file's sentence, in both of its punctuations: bare, in JSON, or of garbled fields."""

from collections.abc import Iterator

from netpolwatch.flows import file_sentence
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import NotAFlowError
from tests.fuzz import seeds as corpus
from tests.fuzz.promises import check_flow, pieces_of, text_of

_ENDS = "Flow Info: Src IP: {} Src Port: {} Dest IP: {} Dest Port: {}"
_V4 = _ENDS + " Proto {} Verdict {} Direction {}, Tier {}"
_V6 = _ENDS + " Proto: {} Verdict: {} Direction: {} Tier: {}"


def check(data: bytes) -> None:
    if data[:1] in (b"\0", b"\1"):
        template = _V6 if data[:1] == b"\1" else _V4
        _check_sentence(template.format(*pieces_of(data[1:], 8)))
        return
    text = text_of(data)
    flow = parse_flow(text)
    if flow is not None and flow.form.startswith("file-sentence"):
        check_flow(flow, text)
    _check_sentence(text)


def seeds() -> Iterator[bytes]:
    fields = b"10.0.1.44\x0043322\x0064.6.160\x0053\0ANY PROTOCOL\0DENY\0ingress\0NETWORK_POLICY"
    yield b"\0" + fields
    yield b"\1" + fields.replace(b"10.0.1.44", b"fd00::1")
    yield from (line.encode() for line in corpus.lines() if "Flow Info: Src" in line)


def _check_sentence(text: str) -> None:
    # The door takes blanks off the ends before it asks the grammar.
    text = text.strip()
    try:
        flow = file_sentence.parse(text)
    except NotAFlowError:
        assert parse_flow(text) is None
        return
    if flow is not None:
        assert parse_flow(text) == flow, "the door and the grammar agree"
        check_flow(flow, text)
