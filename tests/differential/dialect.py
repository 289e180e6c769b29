"""Policies in words that both implementations read alike; what the other reads otherwise, by test.

`test_disagreements.py` shows each of these with the policy as it was written.
"""

import copy
from collections.abc import Iterable, Iterator
from typing import Any

Body = dict[str, Any]


def rewritten(policy: Body, values: Iterable[str]) -> Body:
    """Say the same of a cluster whose labels have no other `values`."""
    body = copy.deepcopy(policy)
    spec, known = body["spec"], sorted(values)
    _leave_out_what_means_nothing(spec)
    _skip_names_that_nobody_can_be_asked_for(spec)
    for peer in _peers(spec):
        if peer.get("namespaceSelector") is not None:
            _name_the_values(peer.get("podSelector") or {}, known)
    return body


def _leave_out_what_means_nothing(spec: Body) -> None:
    types = spec.get("policyTypes") or []
    for kind, rules in (("Ingress", "ingress"), ("Egress", "egress")):
        if (types and kind not in types) or not spec.get(rules):
            spec.pop(rules, None)
    if types:
        spec["policyTypes"] = sorted(types, reverse=True)


def _skip_names_that_nobody_can_be_asked_for(spec: Body) -> None:
    """Drop named ports of egress rules to everybody, and rules that have no others."""
    kept = []
    for rule in spec.get("egress", ()):
        ports = rule.get("ports")
        if ports and not rule.get("to"):
            rule["ports"] = [each for each in ports if not isinstance(each.get("port"), str)]
            if not rule["ports"]:
                continue
        kept.append(rule)
    if "egress" in spec:
        spec.setdefault("policyTypes", ["Ingress", "Egress"])
        spec["egress"] = kept


def _name_the_values(selector: Body, known: list[str]) -> None:
    for term in selector.get("matchExpressions", ()):
        if term["operator"] in ("Exists", "DoesNotExist"):
            term["operator"] = "In" if term["operator"] == "Exists" else "NotIn"
            term["values"] = known


def _peers(spec: Body) -> Iterator[Body]:
    for rule in (*spec.get("ingress", ()), *spec.get("egress", ())):
        yield from rule.get("from") or ()
        yield from rule.get("to") or ()
