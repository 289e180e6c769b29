"""Expressions between percent signs; the guide's examples stand in test_pattern.py."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.subscription.regex import PatternError, Regex

_ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\W", r"\.", r"\x61", "[a-c]"])
_REPEATS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,}", "{,2}", "{0,3}"])
_PIECES = st.lists(st.builds(str.__add__, _ATOMS, _REPEATS), max_size=5).map("".join)
_BRANCHES = st.tuples(st.sampled_from(["", "^"]), _PIECES, st.sampled_from(["", "$"])).map("".join)
_EXPRESSIONS = st.lists(_BRANCHES, min_size=1, max_size=3).map("|".join).filter(bool)


@given(expression=_EXPRESSIONS, text=st.text(alphabet="abc1. \né", max_size=8))
def test_it_finds_what_python_finds(expression: str, text: str) -> None:
    # Python's dollar sign also stands before a last newline.
    theirs = re.compile(re.sub(r"\$", r"\\Z", expression), re.ASCII)
    assert Regex(expression).search(text) is (theirs.search(text) is not None)


@pytest.mark.parametrize("expression", ["a*a*a*a*a*a*a*b", "[ab]*a[ab]{20}c", ".*.*.*.*x"])
def test_no_text_takes_long(expression: str) -> None:
    begun = time.process_time()
    assert not Regex(expression).search("a" * 20_000)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("a**", "cannot go on with '\\*'"),
        ("a*?", "cannot go on"),
        ("a++", "cannot go on"),
        ("*", "cannot go on"),
        ("^*", "cannot go on"),
        ("a{2}{2}", "cannot go on"),
        ("a{", "cannot go on"),
        ("a{}", "no number of times"),
        ("a{,}", "no number of times"),
        ("a{3,2}", "is no expression"),
        ("a{99999}", "cannot go on|too large"),
        ("a{9999}b{9999}", "limit exceeded"),
        ("[", "cannot go on"),
        ("[]", "cannot go on"),
        ("]", "cannot go on"),
        ("[b-a]", "out of order"),
        (r"[\d-a]", "cannot go on"),
        (r"\b", "cannot go on"),
        (r"\1", "cannot go on"),
        (r"\x4", "cannot go on"),
        (r"\x80", "cannot go on"),
        ("a\\", "cannot go on"),
        ("a^", "is no expression"),
    ],
)
def test_what_the_guide_does_not_name_is_refused(expression: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        Regex(expression)


@given(expression=st.text(alphabet=r"ab[]{}^$|*+?\.,-12dx", min_size=1, max_size=12))
def test_any_expression_is_read_or_refused(expression: str) -> None:
    try:
        found = Regex(expression)
    except PatternError:
        return
    assert found.search("ab1") in (True, False)
