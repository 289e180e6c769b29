"""The published schema is the model's."""

import json
from pathlib import Path

import msgspec

from netpolwatch import configuration
from netpolwatch.findings.model import Finding
from netpolwatch.reporting.bus import schema_text as event_schema_text
from netpolwatch.reporting.schema import schema_text
from tests.unit.findings.making import finding

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_the_published_schema_is_not_stale() -> None:
    published = (DOCS / "finding.schema.json").read_text(encoding="utf-8")
    assert published == schema_text(), "python -m netpolwatch.reporting.schema"


def test_the_events_schema_is_not_stale() -> None:
    published = (DOCS / "event.schema.json").read_text(encoding="utf-8")
    assert published == event_schema_text(), "run `make docs`"


def test_the_configurations_page_is_not_stale() -> None:
    published = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert published == configuration.page(), "run `make docs`"


def test_every_key_that_is_written_is_described_and_required() -> None:
    written = json.loads(msgspec.json.encode(finding()))
    described = json.loads(schema_text())["$defs"]["Finding"]
    assert set(described["required"]) == set(described["properties"]) == set(written)


def test_keys_are_those_of_the_contract() -> None:
    assert {field.encode_name for field in msgspec.structs.fields(Finding)} == {
        "schema", "id", "account", "region", "cluster", "issue", "title", "severity", "status",
        "episode", "subject", "count", "first_seen", "last_seen", "resolved_at", "component",
        "confidence", "evidence", "identities", "policies", "remedy", "docs", "upstream",
        "affected_versions", "fixed_in", "running_versions", "version_note", "links", "escalated",
        "judged", "since", "changed_by", "change", "extent",
    }  # fmt: skip
