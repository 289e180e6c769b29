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
        ("?ERROR ?ARGUMENTS REQUEST", ["[INFO] REQUEST FAILED", UNAUTHORIZED], [MISSING]),
        ("?ERROR ?ARGUMENTS REQUEST", ["[ERROR] 400 BAD REQUEST"], ["ERROR"]),
        ('" "', [BAD_REQUEST, "word", ""], []),
        ("%^[hc]at%", ["hat", "cat and dog"], ["the cat"]),
        ("%[hc]at$%", ["a hat"], ["hats"]),
        ("%colou?r%", ["color", "colour"], ["colouur"]),
        ("%[abc]%", ["a", "b", "c"], ["d"]),
        ("%[a-z]%", ["q"], ["Q"]),
        ("%[abcx-z]%", ["a", "b", "c", "x", "y", "z"], ["d"]),
        ("%^a{3,5}$%", ["aaa", "aaaa", "aaaaa"], ["aa", "aaaaaa"]),
        ("%^a{,2}$%", ["", "aa"], ["aaa"]),
        ("%^a{2,}$%", ["aa", "aaaa"], ["a"]),
        ("%gra|ey%", ["gray", "grey"], ["gry"]),
        (
            "%^starting|^initializing|^shutting down%",
            ["starting ...", "initializing ...", "shutting down"],
            ["skipping initializing ..."],
        ),
        ("%abcc|ab[^c]$%", ["abcc ...", "aba"], ["aac ..."]),
        (r"%\[.\]%", ["[a]", "[b]", "[7]", "[@]", "[]]", "[ ]"], ["[]", "[ab"]),
        (r"%10\.10\.0\.1%", ["from 10.10.0.1 to"], ["from 10.10.1.1", "10010,051"]),
        ("%10.10.0.1%", ["10010,051"], []),
        ("%ab*c%", ["ac", "abc", "abbbc"], ["adc"]),
        ("%ab[0-9]*%", ["ab", "ab0", "ab129"], ["a0"]),
        ("%ab+c%", ["abc", "abbc", "abbbc"], ["ac"]),
        ("%.at%", ["hat", "cat", "bat", "4at", "#at", " at"], ["at"]),
        (r"%\d%", ["port 80"], ["port"]),
        (r"%\D%", ["a"], ["80"]),
        (r"%\s%", ["a b", "a\tb", "a\nb"], ["ab"]),
        (r"%\S%", ["a"], [" \t\n"]),
        (r"%\w%", ["_", "Z", "0"], ["-", "é"]),
        (r"%\W%", ["-"], ["a_0"]),
        (r"%\x3A%", ["a:b"], ["ab"]),
        (r"%\x28%", ["f(x)"], ["fx"]),
        (r"%\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}%", ["at 10.0.0.1"], ["at 10.0.0"]),
        ("%[Ee]rror|[Ff]ail%", ["Error", "an error", "failed", "Fail"], ["ERROR"]),
        # What is optional does not count beside what is excluded, either.
        ("?ERROR -ARGUMENTS", [BAD_REQUEST, SUCCESS], [MISSING]),
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
        ("%something!%", "does not know"),
        ("%caf\u00e9%", "does not know"),
        (r"%\b%", "cannot go on"),
        (r"%\x3%", "cannot go on"),
        # Space-delimited patterns, the guide's own.
        (
            "[ip=%127\\.0\\.0\\.[1-9]%, user, username, timestamp, request =*.html*, bytes]",
            "space-delimited",
        ),
        ("[..., request =*.html*, status_code = 4*, bytes]", "space-delimited"),
        ("[ip, status_code = 404 || status_code = 410, bytes]", "space-delimited"),
        ("[w1=ERROR, w2]", "space-delimited"),
        ("[w1=ERROR || w1=WARNING, w2]", "space-delimited"),
        ("[w1!=ERROR && w1!=WARNING, w2]", "space-delimited"),
        ("[logLevel, url=%/service/resource/[0-9]+$%, response_time]", "space-delimited"),
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
    assert found.matches(text) in (True, False)
