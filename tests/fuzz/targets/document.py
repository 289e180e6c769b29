"""Documents and tables of any tool: each part is a record, and a broken one comes out as lines."""

import io
import json
from collections.abc import Iterator
from itertools import count

from netpolwatch.ingest.bundle.blocks import whole_lines
from netpolwatch.ingest.catalogue import FILES
from netpolwatch.ingest.events import MAX_MESSAGE_CHARS
from netpolwatch.ingest.exports.elements import DocumentError
from netpolwatch.ingest.exports.spread import joined
from netpolwatch.ingest.losses import Losses
from netpolwatch.ingest.plain import PlainLines, read_blocks
from netpolwatch.ingest.records import MAX_LINE_BYTES, pieces, read_records


def check(data: bytes) -> None:
    losses = Losses()
    try:
        records = list(read_records(pieces(io.BytesIO(data)), count(1), losses))
        items = list(read_blocks(whole_lines(iter([data]), MAX_LINE_BYTES), count(1)))
    except DocumentError:
        return
    for record in records:
        record.event.message.encode()
        assert len(record.event.message) <= MAX_MESSAGE_CHARS
    assert [record.line for record in records] == sorted({record.line for record in records})
    assert all(isinstance(item, PlainLines) or item.line for item in items)
    _check_joined(data)


def seeds() -> Iterator[bytes]:
    yield from (each.example.encode() for each in FILES)
    for indent in (None, 2):
        yield json.dumps(
            [["1780304400100", "a"], {"values": [[1, "b"]]}, "c"], indent=indent
        ).encode()


def _check_joined(data: bytes) -> None:
    """Joining loses nothing but the blanks between the parts of a value."""
    lines = data.splitlines(keepends=True)
    before, after = (_dark(b"".join(part)) for part in (lines, joined(lines)))
    assert sorted(before) == sorted(after) or b"\xef\xbf\xbd" in after


def _dark(data: bytes) -> bytes:
    return data.decode("utf-8", "replace").translate(_BLANKS).encode()


_BLANKS = dict.fromkeys(map(ord, " \t\r\n,"))
