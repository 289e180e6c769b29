"""Our own entries, compiled once into the user's cache folder.

To read and check the entry files takes half a second, to decode what came of them a millisecond.
The file is named by a digest of all that it was made of, the entry files and the modules that
compile them, so it is never stale; where it cannot be read or written, the entry files are read.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from netpolwatch import catalogue
from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.model import Entry

_MAX_KEPT: Final = 4
"""Files of other versions: a checkout and an installation may take turns."""


def known_entries() -> tuple[Entry, ...]:
    """Return the entries that netpolwatch comes with, ordered by id."""
    folder = _cache_folder()
    if folder is None:
        return default_entries()
    path = folder / f"catalogue-{_digest()}.json"
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(path.read_bytes(), type=tuple[Entry, ...])
    entries = default_entries()
    with suppress(OSError):
        _keep(path, msgspec.json.encode(entries))
    return entries


def _cache_folder() -> Path | None:
    """Return the folder of the XDG base directories; `None` for a user without a home."""
    chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if chosen.is_absolute():
        return chosen / "netpolwatch"
    try:
        return Path.home() / ".cache" / "netpolwatch"
    except RuntimeError:
        return None


def _digest() -> str:
    source = Path(catalogue.__path__[0])
    digest = hashlib.sha256()
    for file in sorted((*source.glob("*.py"), *source.glob("entries/*.yaml"))):
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:32]


def _keep(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: another command may read it meanwhile."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    kept = sorted(path.parent.glob("catalogue-*.json"), key=lambda file: file.stat().st_mtime)
    for old in kept[:-_MAX_KEPT]:
        old.unlink()
