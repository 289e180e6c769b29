"""A listing of ClusterRoles (`kubectl get clusterrole … -o json`) is asked for every right."""

import json
from collections.abc import Sequence

from netpolwatch.catalogue.loader import load
from netpolwatch.catalogue.required_rights import REQUIRED_RIGHTS
from netpolwatch.correlation.correlator import LATENESS_MS, Correlator
from netpolwatch.correlation.watches import Watches
from netpolwatch.kubernetes.rights import Required
from netpolwatch.kubernetes.snapshot_yaml import read_snapshot

WATCHES = Watches(load())


def _rule(required: Required, but: str = "") -> dict[str, list[str]]:
    return {
        "apiGroups": list(required.groups),
        "resources": [required.resource],
        "verbs": [verb for verb in required.verbs if verb != but],
    }


def _missing(name: str, rules: Sequence[dict[str, list[str]]]) -> list[object]:
    role = {
        "kind": "ClusterRole",
        "metadata": {"name": name, "creationTimestamp": "2026-06-01T08:00:00Z"},
        "rules": rules,
    }
    listing = json.dumps({"kind": "List", "items": [role]}).encode()
    correlator = Correlator(WATCHES)
    correlator.take(read_snapshot(listing).facts)
    settled = correlator.answer(LATENESS_MS)
    return [seen.fields["missing"] for seen in settled.sightings]


def test_every_single_removal_of_a_right_is_found_in_a_listing() -> None:
    removals = 0
    for required in REQUIRED_RIGHTS:
        name = required.names[0]
        whole = [_rule(each) for each in required.rules]
        assert _missing(name, whole) == []
        for at, each in enumerate(required.rules):
            others = [*whole[:at], *whole[at + 1 :]]
            assert _missing(name, others) == [f"{each.resource}: {', '.join(each.verbs)}"]
            removals += 1
            for verb in each.verbs:
                assert _missing(name, [*others, _rule(each, verb)]) == [f"{each.resource}: {verb}"]
                removals += 1
    assert removals == 63


def test_other_roles_are_nobodys_business() -> None:
    assert _missing("aws-node-termination-handler", []) == []
