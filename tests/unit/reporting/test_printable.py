"""Log text is one honest line wherever it is shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.reporting.printable import printable, printable_ascii


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b]0;title\x07", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
        ("\x9b31m", "\\u{9b}31m"),
        ("one\ntwo\r\nthree\ttab", "one\\ntwo\\r\\nthree\\ttab"),
        ("a\x85b\u2028c\u2029d\x0be\x0c", "a\\u{85}b\\u{2028}c\\u{2029}d\\u{b}e\\u{c}"),
        ("user\u202egnp.exe\u2066", "user\\u{202e}gnp.exe\\u{2066}"),
        ("ad\u200bmin\u2060\ufeff", "ad\\u{200b}min\\u{2060}\\u{feff}"),
        ("a\u034f\u3164\ufe0f\U000e0100", "a\\u{34f}\\u{3164}\\u{fe0f}\\u{e0100}"),
        ("a\u00a0b\u3000c\u2800", "a\\u{a0}b\\u{3000}c\\u{2800}"),
        ("NUL\x00DEL\x7f", "NUL\\u{0}DEL\\u{7f}"),
        ("\ud800\ue000\U000e0041", "\\u{d800}\\u{e000}\\u{e0041}"),
    ],
    ids=[
        "escape", "C1", "lines", "separators", "bidi", "zero width", "ignorable", "spaces", "NUL",
        "not characters",
    ],
)  # fmt: skip
def test_what_cannot_be_seen_is_written_out(hostile: str, shown: str) -> None:
    assert printable(hostile) == shown


@pytest.mark.parametrize(
    "honest",
    [
        "",
        "Node: ip-10-0-1-9;SIP: 10.0.1.44",
        "Gr\u00fc\u00dfe \u6771\u4eac \u2192 \U0001f4a9",
        "[bold] \\n",
    ],
)
def test_what_can_be_seen_stays(honest: str) -> None:
    assert printable(honest) == honest


def test_a_bound_is_told_by_an_ellipsis() -> None:
    assert printable("abcdef", 6) == "abcdef"
    assert printable("abcdefg", 6) == "abcde\u2026"
    assert printable_ascii("abcdefg", 6) == "abc..."
    assert printable_ascii("gr\u00fcn", 6) == "gr?n"


@given(st.text(st.characters(codec=None), max_size=60))
def test_text_becomes_one_line_without_controls(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(each) in {"Cc", "Cf", "Cs"} for each in shown)
    assert printable(shown) == shown


@given(st.text(st.characters(codec=None), max_size=300), st.integers(4, 120))
def test_bounds_hold(text: str, limit: int) -> None:
    assert len(printable(text, limit)) <= limit
    subject = printable_ascii(text, limit)
    assert len(subject) <= limit
    assert subject.isascii()
    assert not subject or subject.isprintable()
