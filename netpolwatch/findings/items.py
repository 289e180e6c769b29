"""What is stored between calls: an item a finding, group, digest, hour, spread; the silences.

An item is replaced as a whole, by whoever still knows its version (`findings.ledger`). Everything
that waits to be sent stands in the outbox of the item that it came from.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeVar

import msgspec

from netpolwatch.catalogue.model import Severity
from netpolwatch.findings.escalation import Spreads
from netpolwatch.findings.fingerprint import digest_of
from netpolwatch.findings.hours import HOUR_MS
from netpolwatch.findings.notices import MAX_ROWS, Notice, Row
from netpolwatch.findings.silences import Silence
from netpolwatch.findings.state import State

SILENCES_KEY: Final = "silences"
TEST_KEY: Final = "test"

GroupKind = Literal["issue", "node"]


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that waits to be sent.

    Attributes
    ----------
    at
        Since when, ms since 1970 (UTC).
    due_at
        When it is to be tried next.
    routed
        Whether it was decided that it is sent: silences, groups and the budget were asked.
    sent
        Channels that have it (or refused it for good), with what they call it.
    tries
        Attempts that some channel made it worth to repeat.
    """

    id: str
    notice: Notice
    at: int
    due_at: int
    routed: bool = False
    sent: dict[str, str] = {}
    tries: int = 0


Outbox = tuple[Outgoing, ...]


class FindingItem(msgspec.Struct, frozen=True, kw_only=True, tag="finding"):
    """A finding; `references` are what channels call its first message."""

    state: State
    outbox: Outbox = ()
    timer_at: int | None = None
    references: dict[str, str] = {}


class GroupItem(msgspec.Struct, frozen=True, kw_only=True, tag="group"):
    """Findings that wait for their group's next message, since the group's first was sent.

    `told` is the gravest severity that was sent on its own: what is graver does not wait.
    """

    cluster: str | None
    kind: GroupKind
    key: str
    since: int
    timer_at: int
    number: int = 0
    rows: tuple[Row, ...] = ()
    more: int = 0
    outbox: Outbox = ()
    told: Severity = "info"

    def with_row(self, row: Row) -> "GroupItem":
        """Hold one more finding."""
        rows, more = with_row(self.rows, self.more, row)
        return msgspec.structs.replace(self, rows=rows, more=more)


class DigestItem(msgspec.Struct, frozen=True, kw_only=True, tag="digest"):
    """New denied conversations that wait for a cluster's next digest."""

    cluster: str | None
    since: int
    timer_at: int | None
    number: int = 0
    rows: tuple[Row, ...] = ()
    more: int = 0
    outbox: Outbox = ()


class BudgetItem(msgspec.Struct, frozen=True, kw_only=True, tag="budget"):
    """One hour's messages, and what its ceiling held back since that was last told."""

    hour: int
    timer_at: int | None
    sent: int = 0
    suppressed: int = 0
    rows: tuple[Row, ...] = ()
    more: int = 0
    gravest: Severity = "info"
    number: int = 0
    outbox: Outbox = ()


class SpreadItem(msgspec.Struct, frozen=True, kw_only=True, tag="spread"):
    """On which nodes of a cluster an issue shows: see `findings.escalation`."""

    spreads: Spreads
    outbox: Outbox = ()
    timer_at: int | None = None


class CrowdItem(msgspec.Struct, frozen=True, kw_only=True, tag="crowd"):
    """Which findings are open of an issue, or of one author of it: see `findings.ceilings`."""

    members: tuple[str, ...]
    outbox: Outbox = ()
    timer_at: int | None = None


class UnlistedItem(msgspec.Struct, frozen=True, kw_only=True, tag="unlisted"):
    """How many findings a full table does not list: a small item beside a large one."""

    count: int
    outbox: Outbox = ()
    timer_at: int | None = None


class SilencesItem(msgspec.Struct, frozen=True, kw_only=True, tag="silences"):
    """All silences of the deployment."""

    silences: tuple[Silence, ...] = ()
    outbox: Outbox = ()
    timer_at: int | None = None


class TestItem(msgspec.Struct, frozen=True, kw_only=True, tag="test"):
    """A test of the channels."""

    __test__ = False

    outbox: Outbox = ()
    timer_at: int | None = None


class Marker(msgspec.Struct, frozen=True, kw_only=True, tag="marker"):
    """A batch, or a finding of one, that was recorded.

    Attributes
    ----------
    messages
        Of a stretch of time: the messages of it that were recorded, by their short keys.
    """

    messages: tuple[str, ...] = ()
    outbox: Outbox = ()
    timer_at: int | None = None


Item = (
    FindingItem
    | GroupItem
    | DigestItem
    | BudgetItem
    | SpreadItem
    | UnlistedItem
    | CrowdItem
    | SilencesItem
    | TestItem
    | Marker
)
_STRETCH_MS = 20_000

ItemT = TypeVar("ItemT", bound=Item)
Items = Mapping[str, Item]
Changes = dict[str, Item | None]
"""Items by key; `None` takes one away."""


def outgoing_in(item: Item | None, notice: str) -> Outgoing | None:
    """Find a notice that waits in an item's outbox."""
    outbox = item.outbox if item is not None else ()
    return next((outgoing for outgoing in outbox if outgoing.id == notice), None)


def with_outgoing(item: ItemT, outgoing: Outgoing) -> ItemT:
    """Put a notice in the place of the one of its id in an item's outbox."""
    outbox = tuple(outgoing if one.id == outgoing.id else one for one in item.outbox)
    return msgspec.structs.replace(item, outbox=outbox)


def without(item: ItemT, notice: str) -> ItemT:
    """Take a notice out of an item's outbox."""
    left = tuple(one for one in item.outbox if one.id != notice)
    return msgspec.structs.replace(item, outbox=left)


def finding_key(identity: str) -> str:
    """Name a finding's item."""
    return f"finding#{identity}"


def finding_in(key: str) -> str | None:
    """Read a finding's id from its item's key; `None` for another item's."""
    kind, _, identity = key.partition("#")
    return identity if kind == "finding" else None


def marker_key(batch: str, finding: str = "") -> str:
    """Name the marker of a batch, or of a finding of a large one."""
    return f"batch#{batch}#{finding}"


def settled_key(cluster: str | None, last_ms: int) -> str:
    """Name the marker of the messages whose last packet was dropped in a stretch of time."""
    return f"batch#settled#{digest_of([cluster])}#{last_ms // _STRETCH_MS}"


def group_key(cluster: str | None, kind: GroupKind, key: str) -> str:
    """Name a group's item; what names it comes from logs, so it is not written out."""
    return f"group#{digest_of([cluster, kind, key])}"


def digest_key(cluster: str | None) -> str:
    """Name a cluster's digest."""
    return f"digest#{digest_of([cluster])}"


def crowd_key(cluster: str | None, issue: str, author: str = "", shard: int = 0) -> str:
    """Name the item of the places of an issue's findings, or of one author's."""
    return f"crowd#{digest_of([cluster, issue, author, shard])}"


def unlisted_key(table: str) -> str:
    """Name the item that counts what a full table (by its key) does not list."""
    return f"unlisted#{table}"


def spread_key(cluster: str | None, issue: str) -> str:
    """Name the item of the nodes on which an issue shows."""
    return f"spread#{digest_of([cluster, issue])}"


def budget_key(now_ms: int) -> str:
    """Name the item of a time's hour."""
    return f"budget#{now_ms - now_ms % HOUR_MS}"


def is_full(table: GroupItem | DigestItem, row: Row) -> bool:
    """Whether a table has no room for a row: it lists as many other findings as it may."""
    return sum(listed.finding != row.finding for listed in table.rows) >= MAX_ROWS


def with_row(rows: tuple[Row, ...], more: int, row: Row) -> tuple[tuple[Row, ...], int]:
    """Put a row among others: a finding has one, the newest; beyond the bound they are counted."""
    others = tuple(one for one in rows if one.finding != row.finding)
    if len(others) >= MAX_ROWS:
        return rows, more + 1
    return (*others, row), more
