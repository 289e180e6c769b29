"""A user's own entries beside ours, and what a user wants otherwise."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import msgspec

from netpolwatch.catalogue.errors import CatalogueError
from netpolwatch.catalogue.linear import NotLinearError, compile_linear
from netpolwatch.catalogue.loader import check_references, entry, load_files
from netpolwatch.catalogue.model import Entry, Maturity, Rule, Severity

MAX_ENTRIES = 500


class Change(msgspec.Struct, frozen=True):
    """What is wanted otherwise of one entry.

    Attributes
    ----------
    notify
        `False` mutes it: it is recorded and counted.
    """

    maturity: Literal["stable", "incubating"] | None = None
    severity: Severity | None = None
    notify: bool | None = None


def with_private(ours: Sequence[Entry], directory: Path) -> tuple[Entry, ...]:
    """Add a folder's entries to ours, ordered by id.

    An entry takes the place of one of ours only if it says so: `overrides: <its own id>`. Raises
    `CatalogueError`, which names the file, the key and the reason.
    """
    known = {each.id: each for each in ours}
    files = load_files(directory)
    if not files:
        raise CatalogueError(f"{directory.name}: holds no entry (*.yaml)")
    if len(files) > MAX_ENTRIES:
        raise CatalogueError(f"{directory.name}: holds more than {MAX_ENTRIES} entries")
    for identity, file in files.items():
        if file.overrides not in (None, identity):
            raise CatalogueError(f"{identity}.yaml: overrides: must be the entry's own id")
        if file.overrides is None and identity in known:
            raise CatalogueError(
                f"{identity}.yaml: overrides: missing, and netpolwatch has an entry of this id"
            )
        if file.overrides is not None and identity not in known:
            raise CatalogueError(f"{identity}.yaml: overrides: netpolwatch has no such entry")
        known[identity] = _linear(entry(identity, file))
    entries = tuple(known[identity] for identity in sorted(known))
    check_references(entries)
    return entries


def _linear(private: Entry) -> Entry:
    """Have an entry's regexes matched in bounded time; raises `CatalogueError`."""
    rules = []
    for number, rule in enumerate(private.rules):
        if rule.regex is not None:
            try:
                compile_linear(rule.regex)
            except NotLinearError as error:
                where = f"{private.id}.yaml: matches.{number}.regex"
                raise CatalogueError(f"{where}: {error}") from None
        rules.append(msgspec.structs.replace(rule, linear=rule.regex is not None))
    return msgspec.structs.replace(private, rules=tuple(rules))


def changed(entries: Sequence[Entry], changes: Mapping[str, Change]) -> tuple[Entry, ...]:
    """Promote, mute or weigh entries as a user wants; raises `CatalogueError` for unknown ids."""
    known = [each.id for each in entries]
    unknown = sorted(changes.keys() - set(known))
    if unknown:
        near = get_close_matches(unknown[0], known, n=1)
        meant = f", did you mean {near[0]}?" if near else ""
        raise CatalogueError(f"issues: no entry {', '.join(map(repr, unknown))}{meant}")
    return tuple(_changed(each, changes.get(each.id, Change())) for each in entries)


def _changed(given: Entry, change: Change) -> Entry:
    if change.maturity and given.maturity == "planned":
        raise CatalogueError(f"issues: {given.id}: a planned entry cannot be promoted")
    maturity: Maturity = change.maturity or given.maturity
    return msgspec.structs.replace(
        given,
        maturity=maturity,
        severity=change.severity or given.severity,
        notify=given.notify if change.notify is None else change.notify,
        rules=_weighed(given, change),
        escalate=() if change.severity else given.escalate,
    )


def _weighed(given: Entry, change: Change) -> tuple[Rule, ...]:
    # A rule's own severity would hide the one that was asked for, as an escalation would.
    if change.severity is None:
        return given.rules
    return tuple(msgspec.structs.replace(rule, severity=None) for rule in given.rules)
