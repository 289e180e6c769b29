"""Folders and archives on this machine, opened for the engine."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from netpolwatch.ingest.bundle.forms import START_BYTES, packed_form
from netpolwatch.ingest.bundle.reader import Bundle

_MAX_FILES = 100_000
Opener = Callable[[], BinaryIO]


def is_bundle(path: Path) -> bool:
    """Tell by its content whether a path is a folder, an archive or a gzipped file.

    Only a plain file is opened: what a pipe gives can be read once.
    """
    if path.is_dir():
        return True
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return packed_form(file.read(START_BYTES)) is not None


def size_of(path: Path) -> int:
    """Tell the size of a file, or of all files in a folder."""
    if path.is_dir():
        return sum(size for _, _, size in _files(path))
    return path.stat().st_size


def open_bundle(path: Path, progress: Callable[[int], None]) -> Bundle:
    """Look through a bundle; raises `BundleError` where nothing of it can be read."""
    name = path.resolve().name
    if path.is_dir():
        files = [(inner, partial(_open, file)) for inner, file, _ in _files(path)]
        return Bundle(name, files, size=size_of(path), progress=progress)
    return Bundle(name, [("", partial(_open, path))], size=size_of(path), progress=progress)


def _files(folder: Path) -> Iterator[tuple[str, Path, int]]:
    """List a folder's plain files by name: path within it, place, size; links are not followed."""
    count = 0
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            file = Path(place, name)
            try:
                status = file.lstat()
            except OSError:
                continue
            if S_ISREG(status.st_mode):
                yield file.relative_to(folder).as_posix(), file, status.st_size
                count += 1
            if count >= _MAX_FILES:
                return


def _open(path: Path) -> BinaryIO:
    return path.open("rb")
