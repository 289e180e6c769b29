"""Filter patterns of any text on any event; and that no event passes both generated patterns."""

from collections.abc import Iterator

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.loader import load_files
from netpolwatch.subscription.pattern import PatternError, parse
from netpolwatch.subscription.split import split_patterns
from tests.fuzz import seeds as corpus
from tests.fuzz.promises import pieces_of

_EXAMPLES = {
    name: [text for one in file.examples for text in one.texts]
    for name, file in load_files().items()
}
_SPLIT = split_patterns(default_entries(), _EXAMPLES)
_TEXT, _AUDIT = parse(_SPLIT.text), parse(_SPLIT.audit)


def check(data: bytes) -> None:
    pattern, text = pieces_of(data, 2)
    # A letter that is escaped without need hides the name that the pattern for text excludes.
    assert "\\u" in text or not (_TEXT.matches(text) and _AUDIT.matches(text))
    try:
        found = parse(pattern)
    except PatternError:
        return
    assert found.matches(text) in (True, False)


def seeds() -> Iterator[bytes]:
    event = b'{"a":[1,{"b":"xyz"}],"c":null,"d":-1.5e3,"e":true}'
    for pattern in (
        b'{ ($.a[*] = 1 || $.a[1].b != "x*") && $.c IS NULL && $.f NOT EXISTS }',
        b"{ $.d <= -1e3 && $.* = %^x[y-z]+|\\d{1,3}$% && $.['e'] IS TRUE }",
        b'?"one" ?two -%[^a]*b{2,}\\x3A%',
    ):
        yield pattern + b"\0" + event
    for line in corpus.lines():
        yield b"\0" + line.encode()
