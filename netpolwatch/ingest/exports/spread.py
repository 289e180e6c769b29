"""JSON that is printed over several lines within a log: joined to the one line that it was.

`jq .` prints so, and `aws logs tail --format json` behind a time and a stream. A value begins on a
line that ends with its bracket, and ends on the line that begins with the other one.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from netpolwatch.ingest.lenient import read_value

MAX_LINES: Final = 20_000
MAX_BYTES: Final = 1 << 20
_BEGINS: Final = re.compile(
    rb"(?P<before>(?:[^{}\[\]\"]{0,600}[\s:])?)(?P<bracket>[{\[])[ \t]*\r?\n?$"
)
_INSIDE: Final = re.compile(rb"[ \t]+[\"{}\[\]\d\-tfn]|[ \t]*[}\]]")
_CLOSING: Final = {b"{": b"}", b"[": b"]"}


def joined(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines, each value over several of them as one; what is no JSON stays as it is."""
    held: list[bytes] = []
    size, closing = 0, b""
    for line in lines:
        if not held:
            found = _BEGINS.fullmatch(line) if line.rstrip()[-1:] in (b"{", b"[") else None
            if found is None:
                yield line
                continue
            held, size, closing = [line], len(line), _CLOSING[found["bracket"]]
        elif _INSIDE.match(line) is None or len(held) >= MAX_LINES or size > MAX_BYTES:
            yield from held
            yield line
            held = []
        else:
            held.append(line)
            size += len(line)
            if line.startswith(closing):
                yield from _one_line(held)
                held = []
    yield from held


def _one_line(held: list[bytes]) -> list[bytes]:
    found = _BEGINS.fullmatch(held[0])
    start = 0 if found is None else found.start("bracket")
    text = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in held)
    body = text[start:].decode("utf-8", "replace")
    try:
        _, end = read_value(body, 0)
    except ValueError:
        return held
    if body[end:].strip(" \t\r\n,"):
        return held
    whole = " ".join(part.strip() for part in body[:end].split("\n"))
    return [held[0][:start] + whole.encode("utf-8", "replace") + b"\n"]
