"""What `learn` writes of a listing: no earlier than the log group's history proves."""

import json
from collections.abc import Iterator
from pathlib import Path

from netpolwatch.cli.history import facts_to_learn
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.record import Record
from netpolwatch.kubernetes.facts import PolicySeen
from tests.unit.catalogue.auditing import audited

ABOUT = {"resource": "networkpolicies", "apiGroup": "networking.k8s.io", "namespace": "shop",
         "name": "in"}  # fmt: skip
CREATED = "1970-01-01T00:00:01Z"
EDITED_MS = 9_000


def policy(generation: int) -> dict[str, object]:
    meta = {"name": "in", "namespace": "shop", "uid": "u", "generation": generation,
            "creationTimestamp": CREATED}  # fmt: skip
    return {"kind": "NetworkPolicy", "metadata": meta, "spec": {"podSelector": {}}}


def edited() -> Iterator[Record]:
    """Give a history of one edit."""
    message = audited("update", ABOUT, requestObject=policy(2), responseObject=policy(2))
    yield Record(1, LogEvent(message, timestamp=EDITED_MS), "group", "kube-apiserver-audit-1")


def test_a_listing_is_learned_after_the_writes_that_it_shows(tmp_path: Path) -> None:
    # given a listing whose objects are all older than the edit that it shows
    listing = tmp_path / "snapshot.json"
    listing.write_text(json.dumps({"kind": "List", "items": [policy(2)]}))
    # when
    facts = list(facts_to_learn(listing, edited()))
    # then
    seen = [(fact.source, fact.at_us) for fact in facts if isinstance(fact, PolicySeen)]
    assert seen == [("NetworkPolicy update", EDITED_MS * 1000), ("snapshot", EDITED_MS * 1000)]


def test_without_a_listing_only_the_history_is_learned() -> None:
    (fact,) = facts_to_learn(None, edited())
    assert fact.source == "NetworkPolicy update"
