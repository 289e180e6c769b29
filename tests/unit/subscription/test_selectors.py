"""JSON patterns, held against the examples of the CloudWatch Logs user guide."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.subscription.pattern import MAX_PATTERN_CHARS, PatternError, parse, parse_text
from netpolwatch.subscription.selectors import (
    MAX_DEPTH,
    Both,
    Comparison,
    Either,
    Glob,
    JsonPattern,
    Path,
    parse_selectors,
)

TRAIL = """
{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111",
 "arrayKey": ["value", "another value"], "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
 "SomeObject": null, "cluster.name": "c"}
"""  # noqa: E501
USERS = """
{"user": {"id": 1, "email": "John.Stiles@example.com"},
 "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
 "actions": ["GET", "PUT", "DELETE"], "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]]}
"""


def passes(pattern: str, message: str) -> bool:
    return parse(pattern).matches(message)


@pytest.mark.parametrize(
    ("pattern", "event", "passed"),
    [
        # Strings.
        ('{ $.eventType = "UpdateTrail" }', TRAIL, True),
        ("{ $.sourceIPAddress != 123.123.* }", TRAIL, True),
        ('{ $.arrayKey[0] = "value" }', TRAIL, True),
        ("{ $.eventType = %Trail% }", TRAIL, True),
        ("{ $.arrayKey[*] = %val.{2}% }", TRAIL, True),
        (r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }", TRAIL, True),
        ("{ $.['cluster.name'] = \"c\" }", TRAIL, True),
        ("{ $.objectList[1].id = 2 }", TRAIL, True),
        ("{ $.SomeObject IS NULL }", TRAIL, True),
        ("{ $.SomeOtherObject NOT EXISTS }", TRAIL, True),
        # Numbers.
        ("{ $.bandwidth > 75 }", '{"bandwidth": 76}', True),
        ("{ $.bandwidth > 75 }", '{"bandwidth": 75}', False),
        ("{ $.latency < 50 }", '{"latency": 49.9}', True),
        ("{ $.latency < 50 }", '{"latency": 50}', False),
        ("{ $.refreshRate >= 60 }", '{"refreshRate": 60}', True),
        ("{ $.refreshRate >= 60 }", '{"refreshRate": 59}', False),
        ("{ $.responseTime <= 5 }", '{"responseTime": 5}', True),
        ("{ $.responseTime <= 5 }", '{"responseTime": 6}', False),
        ("{ $.errorCode = 400}", '{"errorCode": 400}', True),
        ("{ $.errorCode = 400}", '{"errorCode": 500}', False),
        ("{ $.errorCode != 500 }", '{"errorCode": 400}', True),
        ("{ $.errorCode != 500 }", '{"errorCode": 500}', False),
        ("{ $.number[0] = 1e+3 }", '{"number": [1000]}', True),
        ("{ $.number[0] = 1e+3 }", '{"number": [1001]}', False),
        ("{ $.number[0] != 1e-3 }", '{"number": [1]}', True),
        ("{ $.number[0] != 1e-3 }", '{"number": [0.001]}', False),
        # Compound conditions, and what the guide says does not match.
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', USERS, True),
        (
            (
                '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch"'
                ' && $.actions[2] = "nonmatch" }'
            ),
            USERS,
            True,
        ),
        (
            (
                '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch")'
                ' && $.actions[2] = "nonmatch" }'
            ),
            USERS,
            False,
        ),
        (
            '{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }',
            USERS,
            False,
        ),
        # A selector that points to an array or an object matches nothing.
        ('{ $.arrayKey = "value" }', TRAIL, False),
        ('{ $.objectList[0] != "value" }', TRAIL, False),
        # Its rules, and the security hub's habit of writing without blanks.
        ("{ $.a IS TRUE }", '{"a": true}', True),
        ("{ $.a IS TRUE }", '{"a": "true"}', False),
        ("{ $.a IS FALSE }", '{"a": false}', True),
        ("{ $.a IS FALSE }", '{"a": 0}', False),
        ("{ $.errorCode = 4* }", '{"errorCode": 404}', True),
        ('{$.a-b_c="x*z"&&($.d=1||$.d=2)}', '{"a-b_c": "xyz", "d": 2}', True),
        ('{ $.a = "*ab*ba*" }', '{"a": "aba"}', False),
        ('{ $.a = "*ab*ba*" }', '{"a": "abba"}', True),
        ('{ $.a = "ab*ba" }', '{"a": "aba"}', False),
        (r'{ $.a = "\"x\"" }', r'{"a": "\"x\""}', True),
        ("{ $.a = %x% && $.a = %y% }", '{"a": "xy"}', True),
        # Case counts.
        ('{ $.eventType = "updatetrail" }', TRAIL, False),
        # What is no JSON object never matches.
        ("{ $.a NOT EXISTS }", "not JSON", False),
        ("{ $.a NOT EXISTS }", '["a"]', False),
        ("{ $.a NOT EXISTS }", "I0601 {}", False),
        ("{ $.a NOT EXISTS }", "{} {}", False),
        ("{ $.a NOT EXISTS }", '{"b": NaN}', False),
        ("{ $.a NOT EXISTS }", "", False),
        ("{ $.a NOT EXISTS }", '{"b":' + "[" * 100_000, False),
        ("{ $.a NOT EXISTS }", ' {"b": 1}\n', True),
        # Our reading, where the guide is silent.
        ("{ $.a NOT EXISTS }", '{"a": null}', False),
        ('{ $.a != "x" }', '{"b": "y"}', False),
        ('{ $.a != "x" }', '{"a": null}', False),
        ('{ $.a != "x" }', '{"a": 1}', True),
        ('{ $.a = "1" }', '{"a": 1}', False),
        ("{ $.a = 1 }", '{"a": "1"}', False),
        ("{ $.a != 1 }", '{"a": "1"}', True),
        ("{ $.a > 1 }", '{"a": "2"}', False),
        ("{ $.a = true }", '{"a": true}', False),
        ("{ $.a[1] = 1 }", '{"a": [1]}', False),
        ("{ $.a[0] = 1 }", '{"a": {"0": 1}}', False),
        ("{ $.a = 1 }", '{"a": ' + "9" * 5000 + "}", False),
    ],
)
def test_a_json_pattern_passes(pattern: str, event: str, passed: bool) -> None:
    assert passes(pattern, event) is passed


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("{", "in braces"),
        ("{ $.a = 1", "in braces"),
        ("{}", "selector .* is missing before the end"),
        ("{ $.a }", "a comparison, IS or NOT EXISTS is missing"),
        ("{ $.a = }", "a value is missing before the end"),
        ("{ $.a = $.b }", "a value is missing before \\$.b"),
        ("{ a = 1 }", "selector .* is missing before a"),
        ("{ $a = 1 }", "cannot go on with '\\$a"),
        ('{ $["a"] = 1 }', "cannot go on with"),
        ("{ $.a[-1] = 1 }", "cannot go on with"),
        ("{ $.a == 1 }", "a value is missing before ="),
        ("{ $.a = 1 & $.b = 1 }", "cannot go on with '& "),
        ("{ $.a = 1 $.b = 1 }", "&& or \\|\\| is missing before"),
        ("{ ($.a = 1 }", "closing parenthesis is missing"),
        ("{ $.a = 1) }", "&& or \\|\\| is missing before"),
        ("{ !($.a = 1) }", "cannot go on with '!"),
        ("{ $.a IS NOT NULL }", "IS NOT is no condition"),
        ("{ $.a EXISTS }", "comparison, IS or NOT EXISTS"),
        ("{ $.a NOT NULL }", "EXISTS is missing"),
        ("{ $.a is null }", "comparison, IS or NOT EXISTS"),
        ('{ $.a > "1" }', "> takes a number"),
        ("{ $.a < %1% }", "< takes a number"),
        ("{ $.a >= 1* }", ">= takes a number"),
        ("{ $.a = a.b }", "needs quotes"),
        ("{ $.a = 1.2.3 }", "needs quotes"),
        ("{ $.a = %(b)% }", "does not know"),
        ('{ $.a = "x }', "cannot go on with"),
        ("{ $.a = %x }", "cannot go on with"),
        ("{ $.a = %x% || $.b = %y% || $.c = %z% }", "takes 2"),
        ("{ $.a[*][*] = 1 }", "takes one wildcard"),
        ("{ $.*[*] = 1 }", "takes one wildcard"),
        ("{ $.a[*]=1 || $.b[*]=1 || $.c[*]=1 || $.* = 1 }", "takes 3 wildcard"),
        ("{ " + "(" * (MAX_DEPTH + 1) + "$.a = 1" + ")" * (MAX_DEPTH + 1) + " }", "parentheses"),
        ("{ $.a = " + "1" * MAX_PATTERN_CHARS + " }", "longer"),
    ],
)
def test_a_bad_json_pattern_says_why(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        parse(pattern)


def test_given_all_operators_when_read_then_and_binds_more_than_or() -> None:
    a, b, c = (Comparison(Path((name,)), "=", Glob(("x",))) for name in "abc")
    assert parse_selectors("{$.a=x||$.b=x&&$.c=x}").condition == Either((a, Both((b, c))))
    assert parse_selectors("{($.a=x||$.b=x)&&$.c=x}").condition == Both((Either((a, b)), c))


def test_a_json_pattern_is_none_for_text() -> None:
    with pytest.raises(PatternError, match="JSON"):
        parse_text("{ $.a = 1 }")


@given(
    pattern=st.lists(
        st.sampled_from(
            ["$.a", "$.*", "$.b[0]", "=", "!=", ">", "&&", "||", "(", ")", "IS", "NOT", "EXISTS"]
        )
        | st.sampled_from(["NULL", "1", "x*", '"y"', "%z%", "{", "}", "$", "."]),
        max_size=12,
    ),
    event=st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
        ),
        max_leaves=8,
    ),
)
def test_any_tokens_are_a_pattern_or_an_error(pattern: list[str], event: object) -> None:
    try:
        found = parse("{" + " ".join(pattern) + "}")
    except PatternError:
        return
    assert isinstance(found, JsonPattern)
    passed = found.matches(json.dumps(event))
    assert isinstance(event, dict) or not passed


@given(
    parts=st.lists(st.text(alphabet="ab", max_size=3), min_size=2, max_size=5),
    fill=st.text(alphabet="ab", max_size=4),
)
def test_a_wildcard_stands_for_any_text(parts: list[str], fill: str) -> None:
    glob = Glob(tuple(parts))
    assert glob.matches(fill.join(parts))
    assert not glob.matches(fill.join(parts) + "c") or parts[-1] == ""
