"""A small payload that inflates to a gigabyte: read within a bound of memory."""

import base64
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.analysis.running import envelope, event, run_python

GIB = 1_000_000_000
MAX_PEAK_KIB = 100 * 1024
_GZIP = 31
_DENY = json.dumps(event(identity="3" * 56)).encode()
_HEAD = envelope([event()])[: -len(b"]}")]


def _repeated(piece: bytes) -> Iterator[bytes]:
    block = piece * (1_000_000 // len(piece))
    for _ in range(GIB // len(block)):
        yield block


def _one_message(beginning: str) -> Iterator[bytes]:
    yield b',{"id":"2","timestamp":1,"message":"' + beginning.encode()
    yield from _repeated(b"a")


BOMBS = {
    "good events": lambda: _repeated(b"," + _DENY),
    "one message": lambda: _one_message(""),
    # One wide character makes Python take four bytes for each of the others.
    "one wide message": lambda: _one_message("\N{GRINNING FACE}"),
    "empty messages": lambda: _repeated(b',{"message":""}'),
    "lists in lists": lambda: _repeated(b",[" + b"[]," * 500 + b"[]]"),
}


def _bomb(pieces: Iterator[bytes]) -> bytes:
    deflate = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return b"".join([deflate.compress(_HEAD), *map(deflate.compress, pieces), deflate.flush()])


@pytest.mark.parametrize("kind", BOMBS)
def test_a_gigabyte_is_read_within_100_mb_and_the_loss_is_counted(
    kind: str, tmp_path: Path
) -> None:
    # given a good event, and then a gigabyte
    file = tmp_path / "payload"
    file.write_bytes(base64.b64encode(_bomb(BOMBS[kind]())))
    # when
    run = run_python("-m", "tests.unit.analysis.peak", str(file))
    # then
    assert run.returncode == 0, run.stderr.decode()
    told = json.loads(run.stdout)
    assert told["error"] is None
    assert told["denies"] >= (10_000 if kind == "good events" else 1)
    assert told["dropped"] >= 1
    assert "inflates beyond" in told["notes"][0]
    assert told["peak_kib"] < MAX_PEAK_KIB
