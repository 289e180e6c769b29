"""A user's own entries: beside ours, instead of ours if they say so, and never by accident."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.errors import CatalogueError
from netpolwatch.catalogue.private import Change, changed, with_private

OURS = default_entries()
ENTRY: dict[str, Any] = {
    "title": "The payment gateway refuses connections",
    "summary": "The gateway's pods answer that they take no more connections.",
    "severity": "medium",
    "component": "aws-node",
    "maturity": "stable",
    "sources": ["aws-node container log"],
    "group_by": ["node"],
    "matches": [
        {
            "name": "refused",
            "components": ["aws-node"],
            "anchors": ["gateway refused"],
            "regex": r"gateway refused (?P<count>\d{1,9}) connections",
        }
    ],
    "remedy": [{"say": "Add replicas of the gateway."}],
    "docs": "https://example.com/runbooks/gateway",
    "examples": [
        {"line": "gateway refused 12 connections", "fields": {"count": "12"}},
        {"line": "W gateway refused 1 connections", "component": "aws-node"},
    ],
    "counterexamples": [
        {"line": "gateway refused nobody"},
        {"line": "gateway accepted 12 connections"},
    ],
}


def folder(tmp_path: Path, **files: dict[str, Any]) -> Path:
    for name, changes in files.items():
        text = yaml.safe_dump(ENTRY | changes)
        (tmp_path / f"{name.replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_private_entries_stand_beside_ours(tmp_path: Path) -> None:
    entries = with_private(OURS, folder(tmp_path, gateway_refused={}))
    assert len(entries) == len(OURS) + 1
    assert [each.id for each in entries] == sorted(each.id for each in entries)


def test_its_regexes_cannot_backtrack(tmp_path: Path) -> None:
    directory = folder(tmp_path, gateway_refused={})
    (private,) = [e for e in with_private(OURS, directory) if e.id == "gateway-refused"]
    assert all(rule.linear for rule in private.rules)
    rule = ENTRY["matches"][0]
    folder(tmp_path, gateway_refused={"matches": [rule | {"regex": r"gateway refused (?=x)"}]})
    with pytest.raises(
        CatalogueError, match=r"gateway-refused\.yaml: matches\.0\.regex: cannot be"
    ):
        with_private(OURS, tmp_path)


def test_one_of_ours_is_replaced_only_where_that_is_said(tmp_path: Path) -> None:
    directory = folder(tmp_path, npa_panic={"overrides": "npa-panic"})
    (replaced,) = [each for each in with_private(OURS, directory) if each.id == "npa-panic"]
    assert replaced.title == ENTRY["title"]


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("npa_panic", {}, "overrides: missing"),
        ("npa_panic", {"overrides": "npa-crashloop"}, "must be the entry's own id"),
        ("gateway_refused", {"overrides": "gateway-refused"}, "no such entry"),
        ("gateway_refused", {"severity": "awful"}, "severity"),
        (
            "gateway_refused",
            {"escalate": [{"to": "high", "beside": "no-such"}]},
            r"escalate\.0\.beside: no entry 'no-such'",
        ),
    ],
)
def test_what_is_not_said_rightly_is_refused_by_file_and_key(
    tmp_path: Path, name: str, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(CatalogueError, match=reason) as refused:
        with_private(OURS, folder(tmp_path, **{name: changes}))
    assert str(refused.value).startswith(f"{name.replace('_', '-')}.yaml: ")


def test_a_private_entry_may_be_graver_beside_one_of_ours(tmp_path: Path) -> None:
    escalate = [{"to": "high", "beside": "npa-link-not-found"}]
    entries = with_private(OURS, folder(tmp_path, gateway_refused={"escalate": escalate}))
    (mine,) = [each for each in entries if each.id == "gateway-refused"]
    assert [graver.beside for graver in mine.escalate] == ["npa-link-not-found"]


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="holds no entry"):
        with_private(OURS, tmp_path)


def test_an_entry_is_muted_promoted_and_weighed_by_its_id() -> None:
    changes = {
        "npa-panic": Change(notify=False),
        "policyendpoint-rbac-forbidden": Change(severity="low"),
        "npa-crashloop": Change(severity="low"),
        "policy-static-lint": Change(maturity="stable"),
    }
    known = {each.id: each for each in changed(OURS, changes)}
    assert known["npa-panic"].notify is False
    weighed = known["policyendpoint-rbac-forbidden"]
    assert {weighed.severity, *(rule.severity for rule in weighed.rules)} == {"low", None}
    # What is as grave as somebody said is not made graver by what stands around it.
    assert known["npa-crashloop"].severity == "low"
    assert known["npa-crashloop"].escalate == ()
    assert known["policy-static-lint"].maturity == "stable"


def test_an_issue_that_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(CatalogueError, match="no entry"):
        changed(OURS, {"no-such-issue": Change(maturity="stable")})


def test_a_planned_entry_cannot_be_promoted() -> None:
    planned = msgspec.structs.replace(OURS[0], maturity="planned")
    with pytest.raises(CatalogueError, match="planned"):
        changed([planned], {planned.id: Change(maturity="stable")})
