"""Audit events that resemble a fault and are none: every entry of the audit log is held to them.

Made of the entries' own examples, each spoilt in one way.
"""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netpolwatch.catalogue.loader import load, load_files
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.ingest.origin import AUDIT

Event = dict[str, Any]
MATCHER = Matcher(load())


def _examples() -> Iterator[tuple[str, Event]]:
    for issue, file in load_files().items():
        for example in file.examples:
            if example.component in (None, AUDIT) and example.strength == "sighting":
                event = _event(example.line)
                if event is not None and issue in found(example.line):
                    yield issue, event


def _event(line: str) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    told = isinstance(event, dict) and event.get("kind") == "Event" and "verb" in event
    return event if told else None


def found(line: str) -> set[str]:
    """Give the issues that a line of the audit log shows."""
    matches = MATCHER.match_text(line, AUDIT)
    return {match.entry.id for match in matches if match.rule.strength == "sighting"}


def _set(*path: str, value: object) -> Callable[[Event], object]:
    def spoil(event: Event) -> None:
        inner = event
        for key in path[:-1]:
            inner = inner.setdefault(key, {})
        inner[path[-1]] = value

    return spoil


def _dry_run(event: Event) -> None:
    event["requestURI"] = f"{event.get('requestURI', '')}?fieldManager=x&dryRun=All"


EXAMPLES = list(_examples())
REFUSALS = {"policyendpoint-rbac-forbidden", "policyendpoint-admission-denied"}
"""Faults that a refusal shows: a success is none."""

SPOILT: dict[str, Callable[[Event], object]] = {
    "a-read": _set("verb", value="get"),
    "received-only": _set("stage", value="RequestReceived"),
    "another-group": _set("objectRef", "apiGroup", value="example.com"),
    "another-subresource": _set("objectRef", "subresource", value="scale"),
    "another-resource": _set("objectRef", "resource", value="widgets"),
    "a-conflict": _set("responseStatus", value={"metadata": {}, "code": 409}),
    "done": _set("responseStatus", value={"metadata": {}, "code": 200, "message": ""}),
    "no-answer": _set("responseStatus", value=None),
    "no-object": _set("objectRef", value=None),
    "a-dry-run": _dry_run,
}


def _is_a_fault_still(issue: str, event: Event, name: str) -> bool:
    refused = event.get("responseStatus", {}).get("code", 0) >= 400
    return {
        "no-answer": "responseStatus" not in event,
        "done": not refused,
        # Whoever may not read is refused by `get`, too.
        "a-read": refused and issue != "policyendpoint-admission-denied",
        # A controller that may not write the status is refused a right that it needs.
        "another-subresource": issue in REFUSALS,
    }.get(name, False)


def test_every_entry_of_the_audit_log_is_among_them() -> None:
    entries = {
        entry.id
        for entry in load()
        if any(rule.components == {AUDIT} and rule.strength == "sighting" for rule in entry.rules)
        and entry.maturity != "planned"
    }
    assert entries - {issue for issue, _ in EXAMPLES} <= {"ipamd-no-free-ips"}


@pytest.mark.parametrize("name", SPOILT)
@pytest.mark.parametrize(
    ("issue", "event"), EXAMPLES, ids=[f"{at}-{issue}" for at, (issue, _) in enumerate(EXAMPLES)]
)
def test_what_did_not_happen_to_that_object_is_no_fault(
    issue: str, event: Event, name: str
) -> None:
    spoilt = copy.deepcopy(event)
    SPOILT[name](spoilt)
    if not _is_a_fault_still(issue, event, name):
        assert issue not in found(json.dumps(spoilt, separators=(",", ":")))


@pytest.mark.parametrize("event", [event for _, event in EXAMPLES])
def test_words_that_a_user_may_write_are_no_fault(event: Event) -> None:
    # Given somebody who stores the very event as text: in an annotation, and as a name
    line = json.dumps(event, separators=(",", ":"))
    about = {"resource": "configmaps", "namespace": "shop", "name": line, "apiVersion": "v1"}
    body = {"kind": "ConfigMap", "metadata": {"annotations": {"note": line}}, "data": {"a": line}}
    quoting = {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse",
        "stage": "ResponseComplete", "verb": "create", "user": {"username": line},
        "requestURI": f"/api/v1/namespaces/shop/configmaps?x={line}", "objectRef": about,
        "responseStatus": {"code": 201}, "requestObject": body, "responseObject": body,
        "annotations": {"note": line},
    }  # fmt: skip
    # When it is read, then nothing is seen
    assert found(json.dumps(quoting, separators=(",", ":"))) == set()


@pytest.mark.parametrize(
    ("issue", "event"), EXAMPLES, ids=[f"{at}-{issue}" for at, (issue, _) in enumerate(EXAMPLES)]
)
def test_an_event_that_was_cut_is_no_fault(issue: str, event: Event) -> None:
    line = json.dumps(event, separators=(",", ":"))
    for end in range(len(line) - 1, 0, -max(1, len(line) // 20)):
        assert issue not in found(line[:end])


_ODD: st.SearchStrategy[object] = st.sampled_from(
    [None, 7, -1, True, "x", "", [], [[]], {}, {"a": {}}, 1e300, [None], "\x00"]
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(EXAMPLES), st.lists(st.tuples(st.integers(0, 400), _ODD), max_size=3))
def test_values_of_other_types_are_read_without_an_error(
    example: tuple[str, Event], changes: list[tuple[int, object]]
) -> None:
    event = copy.deepcopy(example[1])
    for place, odd in changes:
        places = list(_places(event))
        if places:
            holder, key = places[place % len(places)]
            holder[key] = copy.deepcopy(odd)
    found(json.dumps(event, separators=(",", ":")))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401  # JSON
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])
