"""Files and standard input, opened and read in order."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import BinaryIO

from netpolwatch.ingest.records import DocumentError, Record, pieces, read_records

STDIN = "-"

Progress = Callable[[int], None]


class InputError(Exception):
    """An input cannot be read; the message is one line for a person."""


@dataclass(slots=True)
class Inputs:
    """The inputs of one run.

    Attributes
    ----------
    paths
        Files, or `-` for standard input; none means standard input.
    bytes_read
        Bytes read so far.
    progress
        Called with the number of bytes of each line read.
    """

    paths: Sequence[str]
    bytes_read: int = 0
    progress: Progress = field(default=lambda _size: None)

    def __post_init__(self) -> None:
        """Refuse a missing file before any work is done."""
        self.paths = list(self.paths) or [STDIN]
        for path in self.paths:
            problem = _problem(path)
            if problem is not None:
                raise InputError(f"{path}: {problem}")

    @property
    def size(self) -> int | None:
        """Bytes of all files; `None` with standard input or a pipe among them."""
        if not all(Path(path).is_file() for path in self.paths):
            return None
        return sum(Path(path).stat().st_size for path in self.paths)

    def records(self) -> Iterator[Record]:
        """Read all inputs, each as what it is; records are numbered through."""
        numbers = count(1)
        for path in self.paths:
            with _opened(path) as stream:
                try:
                    yield from read_records(self._pieces(stream), numbers)
                except DocumentError as error:
                    raise InputError(f"{path}: {error}") from None

    def _pieces(self, stream: BinaryIO) -> Iterator[bytes]:
        for piece in pieces(stream):
            self.bytes_read += len(piece)
            self.progress(len(piece))
            yield piece


def _problem(path: str) -> str | None:
    if path == STDIN:
        # Typeshed does not know that Python gives no stream where none was inherited.
        return None if sys.__stdin__ is not None else "standard input is closed"
    try:
        if Path(path).is_dir():
            return "is a folder"
        # A pipe is as good as a file: `netpolwatch parse <(zcat events.jsonl.gz)`.
        return None if Path(path).exists() else "no such file"
    except OSError as error:
        return error.strerror or str(error)


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == STDIN:
        yield sys.stdin.buffer
        return
    try:
        with Path(path).open("rb") as stream:
            yield stream
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
