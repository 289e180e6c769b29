"""Subjects that are not told apart: one finding that counts them, about.

Beyond a bound, an entry's subjects are one finding for each value of the field that its `crowd`
names (a scan of one source, the odd policies of one namespace), or one for all of its cluster.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from netpolwatch.catalogue.model import Entry, plural
from netpolwatch.findings.fingerprint import plain
from netpolwatch.findings.model import Subject
from netpolwatch.findings.sketch import Sketch, estimate, merged, sketch_of

OTHER: Final = "other"

Extents = dict[str, Sketch]
"""The values that a crowd's subjects have, by the names of their keys."""


def author_of(entry: Entry, subject: Subject) -> str | None:
    """Return whose subject it is, by the entry's `crowd`; `None` where nobody knows.

    A subject that stands for a crowd already is nobody's.
    """
    if entry.crowd is None:
        return None
    rest = {value for name, value in subject.items() if name != entry.crowd.by}
    return None if rest == {OTHER} else plain(subject.get(entry.crowd.by))


def teller_of(entry: Entry, entries: Mapping[str, Entry]) -> Entry:
    """Return the entry that tells an entry's crowds."""
    return entries.get(entry.crowd.tell, entry) if entry.crowd and entry.crowd.tell else entry


def crowd_subject(entry: Entry, teller: Entry, author: str) -> Subject:
    """Return the subject of an author's crowd, as the entry that tells it groups them."""
    by = entry.crowd.by if entry.crowd else None
    return {name: author if name == by else OTHER for name in teller.group_by}


def extents_of(names: Iterable[str], subjects: Iterable[Subject]) -> Extents:
    """Return which values some subjects have, by the names of their keys."""
    listed = list(subjects)
    return {name: sketch_of({str(plain(each.get(name))) for each in listed}) for name in names}


def extents_added(one: Extents, other: Extents) -> Extents:
    """Return the values of two crowds."""
    names = dict.fromkeys((*one, *other))
    return {name: merged(one.get(name, ""), other.get(name, "")) for name in names}


def extent_of(extents: Extents) -> dict[str, int] | None:
    """Return about how many values there are by the names of their keys; `None` for no crowd."""
    return {name: estimate(sketch) for name, sketch in extents.items()} if extents else None


def extent_text(extent: Mapping[str, int]) -> str:
    """Write how many there are in words: `about 4,200 destinations, 31 ports`."""
    counted = [(name, count) for name, count in extent.items() if count > 1]
    words = ", ".join(f"{count:,} {plural(name)}" for name, count in counted)
    return f"about {words}" if words else ""
