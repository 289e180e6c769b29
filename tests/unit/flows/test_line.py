"""Lines that are flows though they look odd, and lines that only look like flows."""

import pytest

from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import Endpoint

_CW = (
    "Node: {node};SIP: {sip};SPORT: {sport};DIP: 10.0.3.7;DPORT: 443;PROTOCOL: {protocol}"
    ";PolicyVerdict: {verdict}{tier}"
)
_CW_VALUES = {
    "node": "ip-10-0-1-9.ec2.internal",
    "sip": "10.0.1.44",
    "sport": "43322",
    "protocol": "TCP",
    "verdict": "DENY",
    "tier": "",
}
_KV = (
    '{"level":"info","ts":"2024-08-01T12:00:00.000+0200","logger":"ebpf-client","msg":"%s",'
    '"Src IP":"10.0.1.44","Src Port":%s,"Dest IP":"10.0.3.7","Dest Port":443,"Proto":"TCP",'
    '"Verdict":"DENY"}'
)
_SENTENCE = (
    "Flow Info: Src IP: 10.0.1.44 Src Port: 43322 Dest IP: 10.0.3.7 Dest Port: 443"
    " Proto{colon} TCP Verdict{colon} DENY Direction{colon} egress{tier}"
)
NOON_MS = 1_722_506_400_000


def _cloudwatch(**values: str) -> str:
    return _CW.format(**_CW_VALUES | values)


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("64.6.160", "64.6.160.0"),
        ("10", "10.0.0.0"),
        ("0", "0.0.0.0"),  # noqa: S104  # nobody listens
        ("10.0.0.5", "10.0.0.5"),
        ("2001:db8::20", "2001:db8::20"),
        ("::", "::"),
        ("", None),
        ("****", None),
        ("<IP>", None),
        ("10.x.x.x", None),
        ("xx.xx.xx.xx", None),
        ("[redacted]", None),
    ],
)
def test_an_address_is_written_whole_or_null(written: str, whole: str | None) -> None:
    flow = parse_flow(_cloudwatch(sip=written))
    assert flow is not None
    assert flow.source == Endpoint(whole, 43322)


@pytest.mark.parametrize(
    "values",
    [
        {"sip": "10.0.1.444"},
        {"sip": "10.0.1.44.5"},
        {"sip": "010.0.1.4"},
        {"sip": "10.0.1."},
        {"sip": "10..1.4"},
        {"sip": "fe80::1%eth0"},
        {"sip": "2001:db8"},
        {"sip": "web-5d4f8c7b9d-abcde"},
        {"sip": "١٠.0.0.1"},  # noqa: RUF001  # digits that `int` accepts
        {"sport": "65536"},
        {"sport": "-1"},
        {"sport": "٤٤٣"},
        {"sport": ""},
        {"protocol": "TC"},
        {"protocol": "T\x1b[31mCP"},
        {"verdict": "DEN"},
        {"verdict": "EXPIRED"},
        {"verdict": "DENY;"},
        {"verdict": ""},
        {"tier": ";Tier: DEFAUL"},
        {"tier": ";Tier: "},
        {"tier": ";Tier: DEFAULT;Tier: ADMIN"},
        {"tier": "; Tier: DEFAULT"},
        {"node": "ip 10"},
        {"node": "n;SIP: 1.1.1.1"},
        {"node": "n" * 254},
    ],
    ids=str,
)
def test_a_garbled_line_is_other(values: dict[str, str]) -> None:
    assert parse_flow(_cloudwatch(**values)) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("protocol", "ANY PROTOCOL"),
        ("protocol", "IGMP"),
        ("verdict", "EXPIRED/DELETED"),
        ("verdict", "RATE_LIMITED"),
        ("tier", "SECURITY"),
        ("tier", "ERROR"),
    ],
)
def test_known_and_unknown_words_survive_as_text(field: str, value: str) -> None:
    given = f";Tier: {value}" if field == "tier" else value
    assert getattr(parse_flow(_cloudwatch(**{field: given})), field) == value


def test_a_node_without_a_name_is_null() -> None:
    flow = parse_flow(_cloudwatch(node=""))
    assert flow is not None
    assert flow.node is None


@pytest.mark.parametrize(
    "before",
    ["2024-08-01T10:00:00.000Z ", "2024-08-01 10:00:00.000\t", "2024-08-01T12:00:00+02:00   "],
)
def test_a_copied_lines_leading_time_is_its_time(before: str) -> None:
    flow = parse_flow(before + _cloudwatch())
    assert flow is not None
    assert flow.timestamp == NOON_MS


@pytest.mark.parametrize("message", ["Flow Info:  ", "Flow Info: ", "Flow Info:"])
def test_key_and_value_lines_are_read_at_every_spacing(message: str) -> None:
    flow = parse_flow(_KV % (message, "43322"))
    assert flow is not None
    assert (flow.form, flow.timestamp) == ("file-kv", NOON_MS)


@pytest.mark.parametrize(
    "line",
    [
        _KV % ("Flow Info: checkout", "43322"),
        _KV % ("Flow Info:  ", "true"),
        _KV % ("Flow Info:  ", '"43322"'),
        _KV % ("Flow Info:  ", "-1"),
        _KV % ("Flow Info:  ", "43322.5"),
        _KV % ("Flow Info:  ", "9" * 3000),
        _KV[:-1] % ("Flow Info:  ", "43322"),
        (_KV % ("Flow Info:  ", "43322")).replace('"Proto":"TCP",', ""),
        '{"msg":["Flow Info:  "],"Src IP":"10.0.1.44"}',
        '["Flow Info:  ","Src IP"]',
        '{"a":' * 300 + '"Flow Info:  "' + "}" * 300,
        "Flow Info: checkout completed in 12 ms",
        _SENTENCE.format(colon=":", tier=", Tier DEFAULT"),
        _SENTENCE.format(colon="", tier=" Tier: DEFAULT"),
        _SENTENCE.format(colon="", tier=", Tier DEFAUL"),
        _SENTENCE.format(colon="", tier="s"),
        _SENTENCE.format(colon="", tier="").replace("egress", "sideways"),
        _cloudwatch() + " " * 4096,
        "Node: " * 100_000,
        "Flow Info:" + "{" * 100_000,
    ],
    ids=lambda line: str(line)[:60],
)
def test_what_only_looks_like_a_flow_is_other(line: str) -> None:
    assert parse_flow(line) is None


@pytest.mark.parametrize(
    ("colon", "tier", "form"),
    [
        ("", "", "file-sentence-v4"),
        ("", ", Tier DEFAULT", "file-sentence-v4"),
        (":", "", "file-sentence-v6"),
        (":", " Tier: DEFAULT", "file-sentence-v6"),
    ],
)
def test_the_sentence_is_read_in_both_spellings(colon: str, tier: str, form: str) -> None:
    flow = parse_flow(_SENTENCE.format(colon=colon, tier=tier))
    assert flow is not None
    assert (flow.form, flow.direction) == (form, "egress")
    assert flow.tier == ("DEFAULT" if tier else None)
