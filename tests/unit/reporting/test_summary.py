"""A whole run adds up, within bounds."""

import pytest

from netpolwatch.analysis.batch import MAX_LABELS, Batch
from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.reporting import summary as module
from netpolwatch.reporting.summary import Summary
from tests.unit.findings.making import HOUR_MS, NOON


def denied(source: str | None) -> Flow:
    judgement = Judgement("violation", "medium", ("a request",))
    return Flow("cloudwatch", source, 43_322, "172.20.0.10", 53, "UDP", "DENY", judgement=judgement)


def test_batches_add_up() -> None:
    total = Summary(files=1)
    for oldest, newest in ((NOON, NOON + HOUR_MS), (None, None), (NOON - HOUR_MS, NOON)):
        batch = Batch(events=2, unparsed=1, dropped=3, oldest=oldest, newest=newest)
        batch.by_verdict["DENY"] += 2
        batch.by_disposition["violation"] += 2
        batch.denies += [denied("10.0.1.44"), denied(None)]
        total.add(batch)
    report = total.report("retail-prod", [])
    assert report["window"] == {
        "from": "2026-06-09T11:00:00.000Z", "to": "2026-06-09T13:00:00.000Z",
    }  # fmt: skip
    assert report["input"] == {
        "files": 1, "events": 6, "flows": 6, "unparsed": 3,
        "unread": {},
        "unread_examples": {}, "dropped": 9, "bytes": 0,
        "members": 0, "unknown_members": {}, "notes": [],
    }  # fmt: skip
    assert report["flows"]["by_disposition"] == {"violation": 6}
    assert report["flows"]["top_denied"][0] == {
        "source": "10.0.1.44", "destination": "172.20.0.10", "port": 53, "protocol": "UDP",
        "disposition": "violation", "count": 3,
    }  # fmt: skip
    assert report["flows"]["top_denied"][1]["source"] is None


def test_conversations_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given more conversations than are told apart
    monkeypatch.setattr(module, "_MAX_CONVERSATIONS", 100)
    total = Summary()
    batch = Batch()
    batch.denies += [denied("10.0.1.44")] * 3
    batch.denies += [denied(f"2001:db8::{number:x}") for number in range(500)]
    batch.denies += [denied("10.0.1.44")] * 3
    total.add(batch)
    # Then twenty are listed, the most frequent first, ties in a fixed order
    top = total.top_denied()
    assert len(top) == 20
    assert top[0]["source"] == "10.0.1.44"
    assert [row["source"] for row in top[1:3]] == ["2001:db8::0", "2001:db8::1"]
    assert (top[0]["count"], len(total._denied)) == (6, 100)


def test_verdicts_are_bounded() -> None:
    total = Summary()
    for number in range(3 * MAX_LABELS):
        batch = Batch()
        batch.by_verdict[f"MAYBE{number}"] += 1
        total.add(batch)
    assert len(total.by_verdict) <= MAX_LABELS + 1
    assert total.by_verdict.total() == 3 * MAX_LABELS
