"""What arrived, held against what the story tells."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from local.demo.figures import Series
from local.demo.inbox import Message
from samples.cluster import CLUSTER
from samples.story import Expected, ExpectedFinding

_Key = tuple[str, str, str]
_CONVERSATION = "denied-conversation"


def key_of(issue: str, cluster: str | None, subject: Mapping[str, Any]) -> _Key:
    """Name a finding by what both sides know of it."""
    return issue, cluster or "", str(sorted((key, str(value)) for key, value in subject.items()))


def differences(
    expected: Expected,
    messages: Sequence[Message],
    stored: Mapping[str, Mapping[str, Any]],
    series: Sequence[Series],
    dead_letters: int,
    *,
    subscribed: int,
) -> list[str]:
    """List where the deployment and the story differ; none means that the demo holds.

    `subscribed` events pass the subscriptions' pattern.
    """
    return [
        *_messages(expected, messages, stored),
        *_findings(expected, stored),
        *_metrics(expected, series, subscribed),
        *_named_otherwise(names_told(expected, messages, stored)),
        *([f"{dead_letters} dead letter(s)"] if dead_letters else []),
    ]


def names_told(
    expected: Expected, messages: Sequence[Message], stored: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Tell, of the address of two pods, who should have been named and who was, in order."""
    digests = (message for message in messages if message.kind == "digest")
    rows = {
        key_of(state["issue"], state["cluster"], state["subject"]): row
        for message in digests
        for row in message.document["rows"]
        if (state := stored.get(row["finding"])) is not None
    }
    return [
        {
            "subject": dict(names.subject),
            "expected": list(names.asked_by),
            "received": _askers(rows.get(key_of(_CONVERSATION, CLUSTER, names.subject), {})),
        }
        for names in expected.names
    ]


def _askers(row: Mapping[str, Any]) -> list[str]:
    """Read who asked out of a row: `shop/Deployment/web, later batch/Job/x (10.0.1.4) -> …`."""
    names, told, _ = row.get("subject", "").partition(" -> ")[0].rpartition(" (")
    return names.split(", later ") if told else []


def _named_otherwise(told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in told:
        if one["expected"] != one["received"]:
            subject = one["subject"]
            yield f"{subject} was asked by {one['expected']}, and {one['received']} is told"


def _messages(
    expected: Expected, messages: Sequence[Message], stored: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    names = {
        identity: key_of(state["issue"], state["cluster"], state["subject"])
        for identity, state in stored.items()
    }
    wanted = {_expected_key(finding) for finding in expected.findings if finding.sent}
    told = Counter(
        names[identity]
        for message in messages
        if message.kind in ("opened", "group", "digest")
        for identity in message.findings
        if identity in names
    )
    for key in sorted(wanted - told.keys()):
        yield f"nobody was told of {key}"
    for key in sorted(told.keys() - wanted):
        yield f"{key} was told, and nobody wanted to know"
    ids = Counter(message.attributes["notification_id"] for message in messages)
    for identity, count in ids.items():
        if count > 1:
            yield f"notification {identity} came {count} times"


def _findings(expected: Expected, stored: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    wanted = {_expected_key(finding): finding for finding in expected.findings}
    got = {
        key_of(state["issue"], state["cluster"], state["subject"]): state
        for state in stored.values()
    }
    for key in wanted.keys() ^ got.keys():
        yield f"finding {key} is only {'expected' if key in wanted else 'in the table'}"
    for key in wanted.keys() & got.keys():
        for name in ("count", "severity"):
            if getattr(wanted[key], name) != got[key][name]:
                yield f"{key} {name}: expected {getattr(wanted[key], name)}, is {got[key][name]}"


def _metrics(expected: Expected, series: Sequence[Series], subscribed: int) -> Iterator[str]:
    got = {(one.name, one.label): one.total for one in series}
    wanted = {("EventsProcessed", ""): subscribed}
    wanted |= {("Flows", verdict): count for verdict, count in expected.by_verdict.items()}
    wanted |= {("Denies", label): count for label, count in expected.by_disposition.items()}
    for (name, label), count in wanted.items():
        if got.get((name, label), 0) != count:
            yield f"metric {name} {label}: expected {count}, is {got.get((name, label), 0)}"


def _expected_key(finding: ExpectedFinding) -> _Key:
    return key_of(finding.issue, finding.cluster, finding.subject)
