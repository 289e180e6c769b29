"""A notice as an event on the account's EventBridge bus, for rules of the user's own."""

import sys
from typing import Any, Final

import msgspec

from netpolwatch.findings.model import Finding
from netpolwatch.findings.notices import (
    BudgetNotice,
    DigestNotice,
    FindingNotice,
    GroupNotice,
    Notice,
    Reason,
    TestNotice,
)
from netpolwatch.reporting.shortening import fitting

SOURCE: Final = "netpolwatch"
MAX_ENTRY_BYTES: Final = 250_000
"""EventBridge takes 256 KB an entry, its other fields included."""


class FindingDetail(Finding, frozen=True, kw_only=True):
    """A finding, why it is told, and what names the telling.

    Attributes
    ----------
    notification_id
        The same whenever this one telling is sent again.
    """

    notification_id: str
    reason: Reason


def detail_type(notice: Notice) -> str:
    """Name the kind of an event."""
    if isinstance(notice, FindingNotice):
        return "netpolwatch finding"
    return f"netpolwatch {type(notice).__name__.removesuffix('Notice').lower()}"


def detail(notice: Notice, notification: str) -> str:
    """Write an event's detail as JSON within EventBridge's bound."""
    return fitting(notice, lambda shorter: _encoded(shorter, notification), MAX_ENTRY_BYTES)


def _encoded(notice: Notice, notification: str) -> bytes:
    if isinstance(notice, FindingNotice):
        fields = msgspec.structs.asdict(notice.finding)
        whole: Any = FindingDetail(**fields, notification_id=notification, reason=notice.reason)
    else:
        whole = msgspec.to_builtins(notice) | {"notification_id": notification}
    return msgspec.json.encode(whole)


def schema_text() -> str:
    """Write the schema of an event's detail as it stands in `docs/event.schema.json`."""
    (schemas, definitions) = msgspec.json.schema_components(
        [FindingDetail, GroupNotice, DigestNotice, BudgetNotice, TestNotice],
        ref_template="#/$defs/{name}",
    )
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "netpolwatch event detail: a finding, or a table with its notification_id beside",
        "anyOf": list(schemas),
        "$defs": definitions,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
