"""Log text on a terminal, in an e-mail and in a subject: one honest line, whatever it holds."""

import unicodedata

from netpolwatch.reporting.printable import printable, printable_ascii

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def check(data: bytes) -> None:
    # Here, and only here, a lone surrogate may arrive: an exception's text can hold one.
    text = data.decode("utf-8", "surrogateescape")
    shown = printable(text)
    assert not any(unicodedata.category(character) in _HIDDEN for character in shown)
    assert all(character == " " or not character.isspace() for character in shown)
    shown.encode()
    assert printable(shown) == shown, "what is printable stays as it is"
    limit = 1 + len(data) % 80
    assert len(printable(text, limit)) <= limit
    subject = printable_ascii(text, limit + 3)
    assert subject.isascii()
    assert subject.isprintable()
    assert len(subject) <= limit + 3
