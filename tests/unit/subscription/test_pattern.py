"""Filter patterns for text, held against the examples of the CloudWatch Logs user guide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.subscription.pattern import MAX_PATTERN_CHARS, PatternError, parse

BAD_REQUEST = "[ERROR 400] BAD REQUEST"
UNAUTHORIZED = "[ERROR 401] UNAUTHORIZED REQUEST"
MISSING = "[ERROR 419] MISSING ARGUMENTS"
INVALID = "[ERROR 420] INVALID ARGUMENTS"
SUCCESS = "[SUCCESS 200] AUTHORIZED REQUEST"


@pytest.mark.parametrize(
    ("pattern", "passed", "kept"),
    [
        # The guide's examples, one by one.
        ("ERROR", [BAD_REQUEST, UNAUTHORIZED, MISSING, INVALID], [SUCCESS, "[error 400]"]),
        ("ERROR ARGUMENTS", [MISSING, INVALID], [BAD_REQUEST, UNAUTHORIZED]),
        ("?ERROR ?ARGUMENTS", [BAD_REQUEST, UNAUTHORIZED, MISSING, INVALID], [SUCCESS]),
        ("ERROR ?ARGUMENTS", [BAD_REQUEST, MISSING], [SUCCESS]),
        ('"INTERNAL SERVER ERROR"', ["[ERROR 500] INTERNAL SERVER ERROR"], ["INTERNAL ERROR"]),
        ("ERROR -ARGUMENTS", [BAD_REQUEST, UNAUTHORIZED], [MISSING, INVALID]),
        ("", [BAD_REQUEST, ""], []),
        ("%AUTHORIZED%", [UNAUTHORIZED, SUCCESS], [MISSING]),
        ("%^[hc]at%", ["hat", "cat and dog"], ["the cat"]),
        ("%[hc]at$%", ["a hat"], ["hats"]),
        ("%colou?r%", ["color", "colour"], ["colouur"]),
        (r"%10\.10\.0\.1%", ["from 10.10.0.1 to"], ["from 10.10.1.1"]),
        # Our reading: a term stands whole.
        ("ERROR", [], ["ERRORS", "MYERROR", "ERROR_CODE"]),
        ('"Flow Info"', ['{"msg":"Flow Info: Src IP"}'], ["Flow Information"]),
        (r'"\"resource\":\"pods\""', ['{"resource":"pods"}'], ['{"resource":"nodes"}']),
    ],
)
def test_a_pattern_passes(pattern: str, passed: list[str], kept: list[str]) -> None:
    found = parse(pattern)
    assert [text for text in passed if not found.matches(text)] == []
    assert [text for text in kept if found.matches(text)] == []


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ('"open', "without its end"),
        ("%open", "without its end"),
        ("a.b", "needs quotes"),
        ('""', "empty"),
        ("%(a)%", "does not know"),
        ("%[a%", "%"),
        ("{ $.a = 1 }", "JSON"),
        ("[a, b]", "JSON"),
        ("x" * (MAX_PATTERN_CHARS + 1), "longer"),
    ],
)
def test_a_bad_pattern_says_why(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        parse(pattern)


@given(pattern=st.text(alphabet='?-"%ab \\.[]{}*+|^$', max_size=40), text=st.text(max_size=200))
def test_any_text_is_a_pattern_or_an_error(pattern: str, text: str) -> None:
    try:
        found = parse(pattern)
    except PatternError:
        return
    if "%" not in pattern:
        found.matches(text)
