"""Small scenes in which an explanation could go wrong: what each knows, and what is true of it.

A scene is audit events of a simulated cluster and a few verdicts. Where only later events tell what
was there, the answer may be `unknown`, and a wrong one is never sure.
"""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from netpolwatch.analysis.reading import read_event
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import origin_of
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation

_FILE = Path(__file__).parents[3] / "corpus" / "attribution-cases.jsonl.gz"
_SCENES = [json.loads(line) for line in gzip.decompress(_FILE.read_bytes()).splitlines()]
_SPURIOUS = ("reply", "agent-state", "noise")
UNCERTAIN = {
    "cold_decider_relabel", "cold_namespace_relabel", "cold_ns_known_later",
    "cold_ns_metadata_name", "cold_pod_relabel_status_seen",
    "cold_policy_deleted_nofin", "cold_policy_deleted_snap_high", "cold_policy_edited",
    "cold_service_same_ns", "cold_service_selector", "named_port_unknown_body",
    "truncated_pod_create",
}  # fmt: skip
"""Scenes whose truth a log alone does not tell: of objects older than it, or of missing bodies."""


def explained(scene: dict[str, Any]) -> list[Explanation]:
    knowledge, matcher = Knowledge(), Matcher(())
    for event in scene["audit"]:
        knowledge.learn(read_audit_event(event["message"], event["timestamp"]))
    found = []
    for event in scene["flows"]:
        origin = origin_of(event["logGroup"], event["logStream"])
        given = LogEvent(event["message"], timestamp=event["timestamp"])
        flow = read_event(given, origin, matcher).flow
        assert flow is not None
        found.append(Explainer(knowledge).explain(flow))
    return found


@pytest.mark.parametrize("scene", _SCENES, ids=lambda scene: str(scene["case"]))
def test_no_violation_is_surely_called_spurious(scene: dict[str, Any]) -> None:
    for told, truth in zip(explained(scene), scene["truth"], strict=True):
        if truth["disposition"] == "violation":
            assert told.disposition not in _SPURIOUS or told.confidence != "high"


def test_a_cluster_policys_own_rule_is_no_rule_that_a_network_policy_lacks() -> None:
    (scene,) = (scene for scene in _SCENES if scene["case"] == "tier_admin_deny")
    for told in explained(scene):
        assert (told.disposition, told.nearest_miss) == ("violation", None)
        assert "Nearest" not in told.sentence
        assert "cluster policy" in told.sentence


@pytest.mark.parametrize(
    "scene",
    [scene for scene in _SCENES if scene["case"] not in UNCERTAIN],
    ids=lambda scene: str(scene["case"]),
)
def test_what_a_log_tells_is_judged_right(scene: dict[str, Any]) -> None:
    found = [told.disposition for told in explained(scene)]
    assert found == [truth["disposition"] for truth in scene["truth"]]


@pytest.mark.parametrize("case", sorted(UNCERTAIN))
def test_what_a_log_does_not_tell_is_unknown(case: str) -> None:
    (scene,) = (scene for scene in _SCENES if scene["case"] == case)
    assert {told.disposition for told in explained(scene)} == {"unknown"}
