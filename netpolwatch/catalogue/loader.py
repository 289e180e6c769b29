"""Entry files become entries, or an error that names file, key and reason."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml
from pydantic import TypeAdapter, ValidationError

from netpolwatch.catalogue.errors import CatalogueError
from netpolwatch.catalogue.model import Crowd, Entry, Escalation, Threshold
from netpolwatch.catalogue.problem_words import problems_of
from netpolwatch.catalogue.schema import EntryFile, EscalateFile, Id, RepeatedFile

ENTRIES_DIRECTORY = Path(__file__).resolve().parent / "entries"
_MAX_FILE_BYTES = 200_000
_MAX_OF_NAMESPACE = 20
"""Findings of an issue that are told apart in a namespace, where an entry says nothing else."""

_ONLY_IN_FILES = {
    "matches",
    "examples",
    "counterexamples",
    "resolve",
    "overrides",
    "gathers",
    "escalate",
    "repeated",
}
_id = TypeAdapter(Id)


def load(directory: Path = ENTRIES_DIRECTORY) -> tuple[Entry, ...]:
    """Load a folder's entries, ordered by id; raises `CatalogueError`."""
    entries = tuple(entry(name, file) for name, file in load_files(directory).items())
    check_references(entries)
    return entries


def check_references(entries: Sequence[Entry]) -> None:
    """Refuse a catalogue in which an entry names one that is not there; raises `CatalogueError`."""
    known = {each.id: each for each in entries}
    for each in entries:
        for number, issue in enumerate(each.inhibits):
            if issue not in known:
                raise CatalogueError(f"{each.id}.yaml: inhibits.{number}: no entry {issue!r}")
        if each.crowd and each.crowd.tell:
            teller = known.get(each.crowd.tell)
            if teller is None or each.crowd.by not in teller.group_by:
                wanted = f"no entry {each.crowd.tell!r} that is told apart by {each.crowd.by}"
                raise CatalogueError(f"{each.id}.yaml: crowd.tell: {wanted}")
        for number, graver in enumerate(each.escalate):
            reason = _not_beside(graver.beside, each, known)
            if reason:
                raise CatalogueError(f"{each.id}.yaml: escalate.{number}.beside: {reason}")


def _not_beside(issue: str | None, given: Entry, known: Mapping[str, Entry]) -> str | None:
    """Say why an issue can never be open beside an entry's subject."""
    if issue is None:
        return None
    if issue == given.id:
        return "names the entry itself"
    if issue not in known:
        return f"no entry {issue!r}"
    others = sorted(set(known[issue].group_by) - set(given.group_by))
    return f"{issue} is told apart by {', '.join(others)}, and this one is not" if others else None


def load_files(directory: Path = ENTRIES_DIRECTORY) -> dict[str, EntryFile]:
    """Load a folder's entry files with their examples, id to file, ordered by id."""
    if not directory.is_dir():
        raise CatalogueError(f"{directory.name}: no such folder")
    files = sorted(directory.glob("*.yaml"), key=lambda path: path.stem)
    return {path.stem: _load_file(path) for path in files}


def entry(identity: str, file: EntryFile) -> Entry:
    """Keep of a file what a run needs."""
    fields = file.model_dump(exclude=_ONLY_IN_FILES, exclude_none=True)
    rules = [_rule(rule.model_dump(exclude_none=True)) for rule in file.matches]
    known = {
        "id": identity,
        "rules": rules,
        "resolve_after_ms": file.resolve_after_ms,
        "ends_within_ms": (file.resolve.within or 0) if file.resolve else 0,
        "repeated": _repeated(file.repeated) if file.repeated else None,
        "escalate": tuple(_escalation(graver) for graver in file.escalate),
        "crowd": _crowd(file),
    }
    return msgspec.convert(_with_threshold(fields) | known, Entry)


def _crowd(file: EntryFile) -> Crowd | None:
    if file.crowd is not None:
        return Crowd(file.crowd.by, file.crowd.beyond, file.crowd.tell)
    # Whoever may write into a namespace may write any number of objects into it.
    of_namespace = "namespace" in file.group_by and len(file.group_by) > 1
    return Crowd("namespace", _MAX_OF_NAMESPACE) if of_namespace else None


def _repeated(file: RepeatedFile) -> Threshold:
    within = file.within or file.lasting or 0
    return Threshold(file.count or 1, within, same=file.of, lasting=file.lasting is not None)


def _escalation(file: EscalateFile) -> Escalation:
    return Escalation(
        to=file.to,
        count=file.count,
        nodes=file.nodes,
        beside=file.beside,
        rules=file.rules,
        within_ms=file.within or file.lasting or 0,
        same=file.same,
        distinct=file.distinct,
        lasting=file.lasting is not None,
    )


def _rule(fields: dict[str, Any]) -> dict[str, Any]:
    objects = fields.get("objects")
    if objects is not None:
        fields["objects"] = _objects(objects)
    return _with_threshold(fields)


def _objects(given: dict[str, Any]) -> dict[str, Any]:
    if given.get("type") is None:
        return {("after_ms" if key == "after" else key): given[key] for key in given}
    options = {"rules": given["rules"], "group_by": given["group_by"]}
    return {"detector": given["type"], "after_ms": given["timespan"], "options": options}


def _with_threshold(fields: dict[str, Any]) -> dict[str, Any]:
    said = fields.pop("threshold", None)
    if said is None:
        return fields
    return fields | {"threshold": _renamed(said)}


def _renamed(said: dict[str, Any]) -> dict[str, Any]:
    return {("within_ms" if key == "within" else key): value for key, value in said.items()}


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
        f"{name}: {place or 'file'}: {reason}"
        for place, reason in problems_of(error.errors(include_url=False, include_input=False))
    ]
    return "\n".join(problems)
