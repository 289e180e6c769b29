"""How rules are tried: anchors, windows, components, strengths, and the work they may cost."""

import re
import time

import msgspec
import pytest

from netpolwatch.catalogue import matcher as matching
from netpolwatch.catalogue.loader import load, load_files
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.model import Entry, Rule, Strength
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.verdicts.disposition import judge

MIB = 1_000_000
ENTRIES = load()
RULES = [(entry, rule) for entry in ENTRIES for rule in entry.rules if rule.flow is None]
ANCHORED = [
    pytest.param(entry, rule, anchor, id=f"{entry.id}-{rule.name}-{anchor[:20]}")
    for entry, rule in RULES
    for anchor in rule.anchors
]


def _entry(*rules: Rule, identity: str = "ours") -> Entry:
    return msgspec.structs.replace(
        ENTRIES[0], id=identity, rules=rules, severity="low", maturity="stable", supersedes=()
    )


def _rule(name: str = "rule", strength: Strength = "sighting", **fields: object) -> Rule:
    whole = {
        "name": name,
        "strength": strength,
        "anchors": ("gave up",),
        "regex": "gave (?P<direction>up)",
    }
    return msgspec.convert(whole | fields, Rule)


def test_a_kubelets_user_name_names_its_node() -> None:
    # given a rule that takes a node and a user from the same place
    rule = _rule(regex=None, when="n == `1`", fields={"node": "user", "user": "user"})
    line = '{"n": 1, "msg": "gave up", "user": "system:node:ip-10-0-1-9.ec2.internal"}'
    # when
    (found,) = Matcher([_entry(rule)]).match_text(line, None)
    # then
    assert found.fields == {
        "node": "ip-10-0-1-9.ec2.internal",
        "user": "system:node:ip-10-0-1-9.ec2.internal",
    }


@pytest.mark.parametrize(
    ("components", "unnamed", "component", "found"),
    [
        ((), True, None, True),
        ((), True, "application", True),
        (("proxy",), True, None, True),
        (("proxy",), True, "proxy", True),
        (("proxy",), True, "application", False),
        (("proxy",), False, None, False),
        (("proxy",), False, "proxy", True),
    ],
)
def test_a_rule_applies_to_its_components(
    components: tuple[str, ...], unnamed: bool, component: str | None, found: bool
) -> None:
    rule = _rule(components=components, unnamed=unnamed)
    assert bool(Matcher([_entry(rule)]).match_text("it gave up", component)) == found


def test_an_issue_is_found_once_a_strength() -> None:
    # given
    entry = _entry(_rule("a"), _rule("b"), _rule("c", "signal"), _rule("d", "signal"))
    # when
    found = Matcher([entry, msgspec.structs.replace(entry, id="theirs")]).match_text(
        "gave up", None
    )
    # then
    assert [(match.entry.id, match.rule.name) for match in found] == [
        ("ours", "a"),
        ("ours", "c"),
        ("theirs", "a"),
        ("theirs", "c"),
    ]


def test_a_rules_severity_overrides_its_entrys() -> None:
    (found,) = Matcher([_entry(_rule(severity="critical"))]).match_text("gave up", None)
    assert found.severity == "critical"


def test_what_is_planned_is_never_tried() -> None:
    planned = msgspec.structs.replace(_entry(_rule()), maturity="planned")
    assert Matcher([planned]).match_text("gave up", None) == []


def test_a_value_is_cut_and_a_number_bounded() -> None:
    # given
    text = _rule(regex="gave up (?P<reason>.+)")
    json_rule = _rule("json", regex=None, when="msg == 'gave up'", fields={"n": "n", "b": "b"})
    # when
    (cut,) = Matcher([_entry(text)]).match_text("gave up " + "x" * 900, None)
    found = [
        Matcher([_entry(json_rule)]).match_text(f'{{"msg":"gave up","n":{n},"b":[1]}}', None)
        for n in ("7", "9" * 30, "9" * 5000)
    ]
    # then
    assert cut.fields == {"reason": "x" * 200}
    assert [match.fields for one in found[:2] for match in one] == [
        {"n": 7, "b": None},
        {"n": None, "b": None},
    ]


@pytest.mark.parametrize(
    "text",
    [
        'not json "gave up"',
        '{"msg":"gave up"',
        '["gave up"]',
        '{"msg":7,"x":"gave up"}',
        '{"gave up":' * 20_000,
        '{"msg":"gave up\ud800"}',
    ],
    ids=lambda text: repr(text)[:30],
)
def test_json_that_cannot_be_read_matches_nothing(text: str) -> None:
    rule = _rule(regex=None, when="contains(msg, 'gave up') == `true`")
    assert Matcher([_entry(rule)]).match_text(text, None) == []


@pytest.mark.parametrize(
    ("said", "words"), [('"it gave up"', "it gave up"), ("7", None), ("null", None)]
)
def test_the_words_that_show_it_are_text_or_nothing(said: str, words: str | None) -> None:
    rule = _rule(regex=None, when="contains(keys(@), 'gave up')", evidence='"gave up"')
    (match,) = Matcher([_entry(rule)]).match_text(f'{{"gave up":{said}}}', None)
    assert match.words == words


def test_a_flow_rule_sees_the_judgement() -> None:
    # given
    rule = msgspec.convert(
        {"name": "deny", "flow": {"disposition": "violation", "tier": "ADMIN"}}, Rule
    )
    line = "Node: n;SIP: 10.0.0.1;SPORT: 1;DIP: ;DPORT: 2;PROTOCOL: TCP;PolicyVerdict: DENY"
    flow = parse_flow(f"{line};Tier: ADMIN")
    assert flow is not None
    judged = msgspec.structs.replace(flow, judgement=Judgement("violation", "low", ("why",)))
    matcher = Matcher([_entry(rule)])
    # when, then
    assert matcher.match_flow(flow) == ()
    (issue,) = matcher.match_flow(judged)
    assert issue.id == _entry(rule).id


def _denied(source: str, sport: int, destination: str, dport: int, protocol: str = "TCP") -> Flow:
    flow = parse_flow(
        f"Node: ip-10-0-1-9.ec2.internal;SIP: {source};SPORT: {sport};DIP: {destination};"
        f"DPORT: {dport};PROTOCOL: {protocol};PolicyVerdict: DENY"
    )
    assert flow is not None
    return msgspec.structs.replace(flow, judgement=judge(flow))


@pytest.mark.parametrize(
    ("asked", "flow", "found"),
    [
        ({"destination_kind": "dns"}, _denied("10.0.1.44", 43_322, "172.20.0.10", 53), True),
        ({"destination_kind": "dns"}, _denied("10.0.1.44", 43_322, "8.8.8.8", 53), False),
        ({"destination_kind": "imds"}, _denied("10.0.1.44", 43_322, "169.254.169.254", 80), True),
        ({"source_kind": "own-node"}, _denied("10.0.1.9", 43_322, "10.0.1.44", 8080), True),
        ({"source_kind": "own-node"}, _denied("10.0.1.44", 43_322, "10.0.1.9", 8080), False),
        (
            {"source_kind": "own-node", "disposition": "violation"},
            _denied("10.0.1.9", 43_322, "10.0.1.44", 8080),
            False,
        ),
    ],
)
def test_a_flow_rule_sees_the_names_of_the_ends(
    asked: dict[str, str], flow: Flow, found: bool
) -> None:
    rule = msgspec.convert({"name": "deny", "flow": asked}, Rule)
    assert bool(Matcher([_entry(rule)]).match_flow(flow)) == found


def test_a_flow_shows_an_issue_once_by_its_first_rule() -> None:
    # given
    rules = [
        msgspec.convert({"name": name, "severity": severity, "flow": {"verdict": "DENY"}}, Rule)
        for name, severity in (("a", "info"), ("b", "high"))
    ]
    # when
    (issue,) = Matcher([_entry(*rules)]).match_flow(_denied("10.0.1.44", 43_322, "10.0.1.9", 80))
    # then
    assert issue.severity == "info"


def test_what_another_issue_tells_better_is_superseded() -> None:
    # given
    deny = msgspec.convert({"name": "deny", "flow": {"verdict": "DENY"}}, Rule)
    dns = msgspec.convert({"name": "dns", "flow": {"destination_kind": "dns"}}, Rule)
    general = _entry(deny, identity="general")
    special = msgspec.structs.replace(_entry(dns, identity="special"), supersedes=("general",))
    matcher = Matcher([general, special])
    # when
    found = [
        [(issue.id, issue.superseded) for issue in matcher.match_flow(flow)]
        for flow in (
            _denied("10.0.1.44", 43_322, "172.20.0.10", 53),
            _denied("10.0.1.44", 43_322, "172.20.0.10", 443),
        )
    ]
    # then
    assert found == [[("general", True), ("special", False)], [("general", False)]]


@pytest.mark.parametrize(
    "text",
    ["it gave up", "IT GAVE UP", "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}" * 9 + " it Gave uP"],
)
def test_an_anchor_may_stand_in_any_letter_case(text: str) -> None:
    # given
    rule = _rule(anchors=("Gave up",), regex="(?i)gave up", ignore_case=True)
    matcher = Matcher([_entry(rule)])
    # when, then
    assert list(matcher.hits(["nothing", text])) == [1]
    assert matcher.match_text(text, None)


def test_what_hits_found_already_spares_the_search_and_changes_no_match() -> None:
    # given every example of the catalogue, as one payload's lines
    matcher = Matcher(load())
    examples = [
        one for file in load_files().values() for one in (*file.examples, *file.counterexamples)
    ]
    hits = matcher.hits([example.line for example in examples])
    # when, then
    for at, example in enumerate(examples):
        found = matcher.match_text(example.line, example.component, hits.get(at, ()))
        assert found == matcher.match_text(example.line, example.component)
    assert 0 < len(hits) < len(examples)


def test_an_anchor_is_as_it_is_written_unless_a_rule_says_otherwise() -> None:
    matcher = Matcher([_entry(_rule(regex="(?i)gave up"))])
    assert not matcher.hits(["IT GAVE UP"])
    assert matcher.match_text("IT GAVE UP", None) == []


def test_an_anchor_far_into_a_line_is_found_and_pointed_at() -> None:
    text = "x" * 500_000 + "gave up"
    (match,) = Matcher([_entry(_rule())]).match_text(text, None)
    assert match.at == 500_000


def test_a_decoy_does_not_hide_the_true_place() -> None:
    text = "gave in, gave up? " + "x" * 9000 + "gave up for good"
    rule = _rule(regex="gave up (?P<how>for good)")
    assert Matcher([_entry(rule)]).match_text(text, None)


class _Recorder:
    """A pattern that matches nothing and remembers how much it was shown."""

    def __init__(self, searched: list[int]) -> None:
        self._searched = searched

    def finditer(self, text: str, start: int, end: int) -> tuple[()]:
        self._searched.append(min(end, len(text)) - start)
        return ()


@pytest.mark.parametrize(("entry", "rule", "anchor"), ANCHORED)
def test_a_pattern_is_searched_in_windows_only(
    entry: Entry, rule: Rule, anchor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a line that is nothing but the rule's anchor
    if rule.regex is None:
        return
    searched: list[int] = []
    monkeypatch.setattr(f"{matching.__name__}.re.compile", lambda _regex: _Recorder(searched))
    text = anchor * (MIB // len(anchor))
    # when
    tried = Matcher([msgspec.structs.replace(entry, rules=(rule,))])
    tried.match_text(text, min(rule.components, default=None))
    # then
    assert searched
    assert max(searched) <= 1024 + 4096
    assert len(searched) <= 8 * len(rule.anchors) ** 2


def _hostile(rule: Rule, anchor: str) -> list[str]:
    """Make lines of 1 MB that bring the rule's pattern to work, if anything can."""
    literals = re.findall(r"[A-Za-z:/\" ]{4,}", rule.regex or rule.when or "")[:6]
    pieces = [
        "E0000 ",
        " ",
        '"',
        "\n",
        "0/5 nodes are available: ",
        "1 Insufficient vpc.amazonaws.com/pod-eni, ",
        '"objectRef":{"namespace":"a"',
        '"namespace":"a"',
        "panic: x\n",
        "a.b(c)/",
        anchor,
        *literals,
    ]
    lines = [anchor + piece * (MIB // len(piece)) for piece in pieces]
    lines += [(piece * (2000 // len(piece)) + anchor) * (MIB // 2100) for piece in pieces]
    lines.append('{"a":' * (MIB // 6) + f'"{anchor}"')
    lines.append(f'{{"a":"{anchor}","b":[' + "[]," * (MIB // 3) + "[]]}")
    lines.append(
        f'panic: 0/5 nodes are available: 5 {anchor} "objectRef":{{' + '"namespace":"a"' * 60_000
    )
    return lines


@pytest.mark.parametrize(("entry", "rule", "anchor"), ANCHORED)
def test_a_hostile_line_of_1_mb_costs_about_as_much_as_reading_it(
    entry: Entry, rule: Rule, anchor: str
) -> None:
    # given
    matcher = Matcher([msgspec.structs.replace(entry, rules=(rule,))])
    component = min(rule.components, default=None)
    for line in _hostile(rule, anchor):
        # when
        started = time.process_time()
        matcher.match_text(line, component)
        # then: a hundredth of what one quadratic pass over a megabyte takes
        assert time.process_time() - started < 2, line[:80]
