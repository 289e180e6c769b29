"""Entry files become entries, or an error that names file, key and reason."""

from pathlib import Path
from typing import Any

import msgspec
import yaml
from pydantic import TypeAdapter, ValidationError

from netpolwatch.catalogue.model import Entry
from netpolwatch.catalogue.schema import EntryFile, Id

ENTRIES_DIRECTORY = Path(__file__).resolve().parent / "entries"
_MAX_FILE_BYTES = 200_000
_ONLY_IN_FILES = {"matches", "examples", "counterexamples", "resolve", "overrides"}
_id = TypeAdapter(Id)


class CatalogueError(ValueError):
    """An entry file is not as the schema asks; the message has file, key and reason."""


def load(directory: Path = ENTRIES_DIRECTORY) -> tuple[Entry, ...]:
    """Load a folder's entries, ordered by id; raises `CatalogueError`."""
    return tuple(entry(name, file) for name, file in load_files(directory).items())


def load_files(directory: Path = ENTRIES_DIRECTORY) -> dict[str, EntryFile]:
    """Load a folder's entry files with their examples, id to file, ordered by id."""
    if not directory.is_dir():
        raise CatalogueError(f"{directory.name}: no such folder")
    files = sorted(directory.glob("*.yaml"), key=lambda path: path.stem)
    return {path.stem: _load_file(path) for path in files}


def entry(identity: str, file: EntryFile) -> Entry:
    """Keep of a file what a run needs."""
    fields = file.model_dump(exclude=_ONLY_IN_FILES, exclude_none=True)
    rules = [_with_threshold(rule.model_dump(exclude_none=True)) for rule in file.matches]
    known = {"id": identity, "rules": rules, "resolve_after_ms": file.resolve_after_ms}
    return msgspec.convert(_with_threshold(fields) | known, Entry)


def _with_threshold(fields: dict[str, Any]) -> dict[str, Any]:
    said = fields.pop("threshold", None)
    if said is None:
        return fields
    return fields | {"threshold": {"count": said["count"], "within_ms": said["within"]}}


def _load_file(path: Path) -> EntryFile:
    try:
        _id.validate_python(path.stem)
        return EntryFile.model_validate(_read(path))
    except ValidationError as error:
        raise CatalogueError(_explain(path.name, error)) from None


def _read(path: Path) -> Any:  # noqa: ANN401  # whatever a person wrote
    if path.stat().st_size > _MAX_FILE_BYTES:
        raise CatalogueError(f"{path.name}: larger than {_MAX_FILE_BYTES} bytes")
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise CatalogueError(f"{path.name}: not YAML: {reason}") from None


def _explain(name: str, error: ValidationError) -> str:
    problems = [
        f"{name}: {'.'.join(str(part) for part in problem['loc']) or 'file'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False)
    ]
    return "\n".join(problems)
