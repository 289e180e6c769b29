"""Files in UTF-16 become UTF-8 on their way."""

import io
import os
import tracemalloc

import pytest

from netpolwatch.ingest.records import read_records
from netpolwatch.ingest.utf16 import as_utf8, is_utf16, whole_as_utf8

TEXT = "a\u20ac\U0001f4e6\r\n" * 40_000


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_the_text_is_the_same_without_its_mark(encoding: str) -> None:
    # given characters that two units make, across the pieces' borders
    content = ("\ufeff" + TEXT).encode(encoding)
    # then
    assert is_utf16(content)
    assert as_utf8(io.BytesIO(content)).read() == TEXT.encode()
    assert whole_as_utf8(content) == TEXT.encode()


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"plain", b"\xef\xbb\xbfa", b"\xff\xfe\0\0a\0\0\0"]
)
def test_what_has_no_such_mark_is_left(content: bytes) -> None:
    assert not is_utf16(content)
    assert whole_as_utf8(content) == content


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"\xff\xfea", b"\xff\xfe\x00\xd8a\x00", b"\xfe\xff\xdc\x00"]
)
def test_damage_is_replaced(content: bytes) -> None:
    text = as_utf8(io.BytesIO(content)).read().decode()
    assert set(text) <= {"\ufffd", "a"}


def test_of_a_pipe_each_line_comes_when_it_is_written() -> None:
    # given a pipe that stays open
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream, os.fdopen(writing, "wb", buffering=0) as pipe:
        lines = as_utf8(stream)
        # when
        pipe.write("\ufeffone\n".encode("utf-16-le"))
        # then
        assert lines.readline() == b"one\n"


def test_a_long_file_is_not_held() -> None:
    # given 32 MB on its way
    content = ("\ufeff" + "x" * 99 + "\n").encode("utf-16-le") + ("x" * 99 + "\n").encode(
        "utf-16-le"
    ) * 160_000
    stream = as_utf8(io.BytesIO(content))
    # when
    tracemalloc.start()
    count = sum(1 for _ in read_records(stream))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # then
    assert count == 160_001
    assert most < 4_000_000
