"""CloudWatch Logs filter patterns for JSON: `{ $.a.b = "x" && ($.c[0] > 1e3 || $.d IS NULL) }`.

Source: "Using filter patterns to match terms in JSON log events" of the CloudWatch Logs user guide.
Where it is silent, this is our reading, and no pattern that we generate depends on it: a comparison
needs a string or a number (so nothing equals, or differs from, what is missing, null, true or
false); a wildcard selector holds where it does for one of the values; a bare number is compared
with numbers only. What the guide does not name is refused.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NoReturn

from netpolwatch.subscription.regex import PatternError, Regex

MAX_REGEXES: Final = 2
"""Of a JSON pattern."""

MAX_WILDCARDS: Final = 3
"""Wildcard selectors of a pattern; a property selector may have one."""

MAX_DEPTH: Final = 32
"""Parentheses within parentheses; ours: the guide names no bound."""

Operator = Literal["=", "!=", "<", "<=", ">", ">="]
Step = str | int | None
"""A property's name, an element's number, or any of them."""


class _Number(str):
    """A number as the event writes it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Glob:
    """A string; an asterisk stands for any text."""

    parts: tuple[str, ...]

    def matches(self, value: str) -> bool:
        """Tell whether a whole value is of this form; in time that grows with its length."""
        first, *rest = self.parts
        if not rest:
            return value == first
        last = rest.pop()
        if len(value) < len(first) + len(last) or not value.startswith(first):
            return False
        at, end = len(first), len(value) - len(last)
        for part in rest:
            at = value.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return value.endswith(last)


Operand = Glob | float | Regex


@dataclass(frozen=True, slots=True)
class Path:
    """A property selector."""

    steps: tuple[Step, ...]

    def values(self, document: object) -> list[object]:
        """Give what it points to; nothing where a part of it is missing."""
        found = [document]
        for step in self.steps:
            found = [below for value in found for below in _below(value, step)]
        return found


@dataclass(frozen=True, slots=True)
class Comparison:
    """`$.a = "x"`."""

    path: Path
    operator: Operator
    operand: Operand

    def holds(self, document: object) -> bool:
        """Tell whether one of the values satisfies it."""
        return any(
            _compares(value, self.operator, self.operand)
            for value in self.path.values(document)
            if isinstance(value, str)
        )


@dataclass(frozen=True, slots=True)
class Is:
    """`$.a IS TRUE`, `FALSE` or `NULL`."""

    path: Path
    expected: bool | None

    def holds(self, document: object) -> bool:
        """Tell whether one of the values is it."""
        return any(value is self.expected for value in self.path.values(document))


@dataclass(frozen=True, slots=True)
class NotExists:
    """`$.a NOT EXISTS`."""

    path: Path

    def holds(self, document: object) -> bool:
        """Tell whether nothing is there; null is something."""
        return not self.path.values(document)


@dataclass(frozen=True, slots=True)
class Both:
    """Conditions joined by `&&`."""

    parts: tuple["Condition", ...]

    def holds(self, document: object) -> bool:
        """Tell whether each holds."""
        return all(part.holds(document) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    """Conditions joined by `||`."""

    parts: tuple["Condition", ...]

    def holds(self, document: object) -> bool:
        """Tell whether one holds."""
        return any(part.holds(document) for part in self.parts)


Condition = Comparison | Is | NotExists | Both | Either


@dataclass(frozen=True, slots=True)
class JsonPattern:
    """A JSON pattern that is read."""

    condition: Condition

    def matches(self, message: str) -> bool:
        """Tell whether an event passes; one that is no JSON object never does."""
        try:
            document = _DECODER.decode(message.strip(_BLANKS))
        except (ValueError, RecursionError):
            return False
        return isinstance(document, dict) and self.condition.holds(document)


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_BLANKS: Final = " \t\r\n"
_DECODER = json.JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=_no_json)


def _below(value: object, step: Step) -> Sequence[object]:
    if isinstance(step, int):
        return value[step : step + 1] if isinstance(value, list) else ()
    if isinstance(step, str):
        return (value[step],) if isinstance(value, dict) and step in value else ()
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()


def _compares(value: str, operator: Operator, operand: Operand) -> bool:
    if isinstance(operand, float):
        return _number_compares(value, operator, operand)
    if isinstance(operand, Regex):
        same = operand.search(value)
    else:
        # A number is matched as it is written, but by a wildcard only.
        text = len(operand.parts) > 1 or not isinstance(value, _Number)
        same = text and operand.matches(value)
    return same is (operator == "=")


def _number_compares(value: str, operator: Operator, operand: float) -> bool:
    if not isinstance(value, _Number):
        return operator == "!="
    number = float(value)
    return {
        "=": number == operand,
        "!=": number != operand,
        "<": number < operand,
        "<=": number <= operand,
        ">": number > operand,
        ">=": number >= operand,
    }[operator]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


_TOKEN = re.compile(
    r"""(?P<path>\$\.(?:[A-Za-z0-9_-]+|\*|\['[^']+'\])
            (?:\.(?:[A-Za-z0-9_-]+|\*|\['[^']+'\])|\[(?:[0-9]{1,9}|\*)\])*)
      | (?P<quoted>"(?:[^"\\]|\\.)*")
      | %(?P<regex>[^%]+)%
      | (?P<compare>[!<>]=|[=<>])
      | (?P<join>&&|\|\|)
      | (?P<open>\()
      | (?P<close>\))
      | (?P<word>[A-Za-z0-9_.*+-]+)""",
    re.VERBOSE | re.DOTALL,
)
_STEP = re.compile(
    r"\.\['(?P<quoted>[^']+)'\]|\.?(?P<any>\*)|\.(?P<name>[A-Za-z0-9_-]+)|(?P<n>\d+)"
)
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_BARE = re.compile(r"[A-Za-z0-9_*]+|[0-9.]*\*[0-9.*]*")
_CONSTANTS: Final = {"TRUE": True, "FALSE": False, "NULL": None}
_END: Final = _Token("end", "the end", -1)


def parse_selectors(text: str) -> JsonPattern:
    """Read a JSON pattern, braces and all; raises `PatternError`."""
    inner = text.strip()
    if not inner.startswith("{") or not inner.endswith("}"):
        raise PatternError("a JSON pattern stands in braces")
    tokens = list(_tokens(inner[1:-1]))
    _within_quotas(tokens)
    return JsonPattern(_Reader(tokens).whole())


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            raise PatternError(f"a JSON pattern cannot go on with {text[at : at + 20]!r}")
        kind = str(found.lastgroup)
        yield _Token(kind, found[kind], at)
        at = found.end()


def _within_quotas(tokens: Sequence[_Token]) -> None:
    regexes = sum(token.kind == "regex" for token in tokens)
    if regexes > MAX_REGEXES:
        raise PatternError(f"{regexes} regular expressions: a JSON pattern takes {MAX_REGEXES}")
    wildcards = [_path(token.text).steps.count(None) for token in tokens if token.kind == "path"]
    if any(count > 1 for count in wildcards):
        raise PatternError("a property selector takes one wildcard")
    if sum(wildcards) > MAX_WILDCARDS:
        raise PatternError(f"a JSON pattern takes {MAX_WILDCARDS} wildcard selectors")


def _path(text: str) -> Path:
    steps: list[Step] = []
    for found in _STEP.finditer(text):
        if found["n"]:
            steps.append(int(found["n"]))
        else:
            steps.append(None if found["any"] else found["quoted"] or found["name"])
    return Path(tuple(steps))


class _Reader:
    """Reads conditions by the guide's order: parentheses, then `&&`, then `||`."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def whole(self) -> Condition:
        """Read all there is."""
        condition = self._either()
        if self._peek() is not _END:
            raise self._unexpected("&& or ||")
        return condition

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._took("join", "||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._took("join", "&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _one(self) -> Condition:
        if not self._took("open"):
            return self._about(_path(self._take("path", "a property selector ($.name)").text))
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PatternError(f"more than {MAX_DEPTH} parentheses within each other")
        condition = self._either()
        self._take("close", "a closing parenthesis")
        self._depth -= 1
        return condition

    def _about(self, path: Path) -> Condition:
        if self._took("word", "IS"):
            token = self._take("word", "TRUE, FALSE or NULL")
            if token.text not in _CONSTANTS:
                raise PatternError(f"IS {token.text} is no condition: IS takes TRUE, FALSE or NULL")
            return Is(path, _CONSTANTS[token.text])
        if self._took("word", "NOT"):
            if not self._took("word", "EXISTS"):
                raise self._unexpected("EXISTS")
            return NotExists(path)
        operator = self._take("compare", "a comparison, IS or NOT EXISTS").text
        return Comparison(path, _OPERATORS[operator], self._operand(operator))

    def _operand(self, operator: str) -> Operand:
        token = self._peek()
        self._next += 1
        operand = _operand(token)
        if operator not in ("=", "!=") and not isinstance(operand, float):
            raise PatternError(f"{operator} takes a number, not {token.text}")
        return operand

    def _peek(self) -> _Token:
        return self._tokens[self._next] if self._next < len(self._tokens) else _END

    def _took(self, kind: str, text: str | None = None) -> bool:
        token = self._peek()
        taken = token.kind == kind and text in (None, token.text)
        self._next += taken
        return taken

    def _take(self, kind: str, what: str) -> _Token:
        token = self._peek()
        if token.kind != kind:
            raise self._unexpected(what)
        self._next += 1
        return token

    def _unexpected(self, wanted: str) -> PatternError:
        return PatternError(f"{wanted} is missing before {self._peek().text}")


_OPERATORS: Final[dict[str, Operator]] = {
    "=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
}  # fmt: skip


def _operand(token: _Token) -> Operand:
    if token.kind == "regex":
        return Regex(token.text)
    if token.kind == "quoted":
        return Glob(tuple(re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL).split("*")))
    if token.kind != "word":
        raise PatternError(f"a value is missing before {token.text}")
    if _NUMBER.fullmatch(token.text):
        return float(token.text)
    if not _BARE.fullmatch(token.text):
        raise PatternError(f"{token.text} needs quotes: it holds more than letters and digits")
    return Glob(tuple(token.text.split("*")))
