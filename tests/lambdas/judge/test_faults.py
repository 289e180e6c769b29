"""Whatever fails, comes twice, late or in another order: each DENY is judged, and counts once."""

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from netpolwatch.findings.fingerprint import digest_of
from netpolwatch.settling.watermark import MAX_WAITS
from tests.lambdas.conftest import Deployment
from tests.lambdas.deployment import Context, payload
from tests.lambdas.settled_day import Record, received_again, sums, waiting
from tests.unit.aws.findings_store import answered as answering
from tests.unit.aws.findings_store import (
    items,
    one_request_at_a_time,
    refusal,
    refuse_first,
)
from tests.unit.kubernetes.audit.writing import BOB, NOON_MS, event, lived

AUDIT_STREAM = "kube-apiserver-audit-ed84023249fbb133a4fed61377bc0000"
CLIENT, SERVER = "10.42.0.10", "10.42.0.20"
DENIED = "AccessDeniedException"


def namespace() -> str:
    body = {"kind": "Namespace", "metadata": {"name": "shop", "uid": "shop-uid", "labels": {}}}
    return event(0, "create", BOB, "namespaces//shop", body, body)


def policy(seconds: float, allowed: str, verb: str = "create") -> str:
    """Write a policy that lets pods with one value of `app` reach the server."""
    body = {
        "kind": "NetworkPolicy",
        "metadata": {"name": "server-in", "namespace": "shop", "uid": "policy-uid",
                     "generation": int(seconds)},
        "spec": {
            "podSelector": {"matchLabels": {"app": "server"}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": allowed}}}]}],
        },
    }  # fmt: skip
    return event(seconds, verb, BOB, "networkpolicies.networking.k8s.io/shop/server-in",
                 body, body)  # fmt: skip


def pods() -> list[str]:
    return [*lived("shop", "client", "n1", CLIENT, "10.42.0.1"),
            *lived("shop", "server", "n2", SERVER, "10.42.0.2")]  # fmt: skip


CLUSTER = (namespace(), *pods(), policy(10, "client"))
"""Policies let the client reach the server: a DENY of it is the agent's fault."""


def heard(seconds: float) -> str:
    """Write an audit event that teaches nothing of pods or policies."""
    body = {"kind": "Namespace", "metadata": {"name": "other", "uid": "other-uid"}}
    return event(seconds, "create", BOB, "namespaces//other", body, body)


def deny(source: str = CLIENT, destination: str = SERVER, port: int = 8080) -> str:
    return (f"Node: n2;SIP: {source};SPORT: 43322;DIP: {destination};DPORT: {port};PROTOCOL: TCP;"
            "PolicyVerdict: DENY")  # fmt: skip


def audit(deployment: Deployment, *texts: str) -> None:
    events = [(_time_of(text), text) for text in texts]
    deployment.analyzer.handle(payload(*events, stream=AUDIT_STREAM), Context())


def verdicts(deployment: Deployment, *texts: str, seconds: float = 30) -> None:
    # A payload is known by its stream and its events' ids, which are its own.
    stream = f"aws-network-policy-agent-audit-{digest_of([*texts, seconds])[:32]}"
    event = payload(*texts, at=NOON_MS + int(seconds * 1000), stream=stream)
    deployment.analyzer.handle(event, Context())


def _time_of(text: str) -> int:
    return NOON_MS + int(float(json.loads(text)["auditID"].removeprefix("id-")) * 1000)


def messages(deployment: Deployment, waits: int = 0) -> list[Record]:
    return received_again(waiting(deployment.sqs, deployment.queue), waits)


def judge(deployment: Deployment, records: Iterable[Record]) -> set[str]:
    """Judge messages; return the ids of those that come again."""
    answer = deployment.judge.handle({"Records": list(records)}, Context())
    return {each["itemIdentifier"] for each in answer["batchItemFailures"]}


def ids(records: Iterable[Record]) -> set[str]:
    return {each["messageId"] for each in records}


def counts(deployment: Deployment) -> int:
    """Add up what all findings count."""
    bodies = [json.loads(item["body"]["S"]) for key, item in items(deployment.table).items()
              if key.startswith("finding#")]  # fmt: skip
    return sum(body["state"]["count"] for body in bodies)


def judgements(deployment: Deployment) -> list[dict[str, Any]]:
    return [json.loads(item["body"]["S"])["state"] for key, item in items(deployment.table).items()
            if key.startswith("finding#")]  # fmt: skip


def test_given_what_explains_it_then_it_is_the_agents(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    audit(deployment, *CLUSTER, heard(60))
    verdicts(deployment, deny())
    assert judge(deployment, messages(deployment)) == set()
    assert sums(capsys, "Denies") == {"agent-state": 1}


# --- twice, at once, in other groupings ---------------------------------------------------------


def test_given_three_judges_at_once_then_findings_and_metrics_count_once(
    deployment: Deployment, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one_request_at_a_time(monkeypatch)
    audit(deployment, *CLUSTER, heard(60))
    for number in range(6):
        verdicts(deployment, deny(), deny(), seconds=20 + number * 4)
    records = messages(deployment)
    groupings: Sequence[Sequence[Record]] = (records, records[::-1], records[1:4])
    with ThreadPoolExecutor(3) as threads:
        again = list(threads.map(lambda records: judge(deployment, records), groupings))
    # what lost a race comes again, and changes nothing
    for missed in again:
        judge(deployment, [each for each in records if each["messageId"] in missed])
    assert counts(deployment) == 12
    assert sums(capsys, "Denies") == {"agent-state": 12}


def test_given_a_payload_that_is_analyzed_again_then_it_counts_once(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    audit(deployment, *CLUSTER, heard(60))
    for _ in range(2):
        verdicts(deployment, deny())
    records = messages(deployment)
    # when both messages are of one batch, and that comes twice
    assert len(records) == 2
    for _ in range(2):
        assert judge(deployment, [*records, records[0]]) == set()
    assert counts(deployment) == 1
    assert sums(capsys, "Denies") == {"agent-state": 1}


def test_given_hours_of_messages_at_once_then_all_are_recorded(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    audit(deployment, *CLUSTER, heard(9_000))
    for number in range(130):
        verdicts(deployment, deny(), seconds=30 + number * 60)
    assert judge(deployment, messages(deployment)) == set()
    assert counts(deployment) == 130
    assert sums(capsys, "Denies").total() == 130


def test_given_a_table_that_fails_on_the_way_then_what_was_written_does_not_come_again(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    # given messages that take two writes, the second of which fails
    audit(deployment, *CLUSTER, heard(9_000))
    for number in range(30):
        verdicts(deployment, deny(), seconds=30 + number * 60)
    records, written = messages(deployment), iter([False])
    with answering(
        "TransactWriteItems", lambda _: refusal(DENIED) if next(written, True) else None
    ):
        again = judge(deployment, records)
    assert 0 < len(again) < len(records)
    assert counts(deployment) == sums(capsys, "Denies").total() == len(records) - len(again)
    # when all come again
    assert judge(deployment, records) == set()
    assert counts(deployment) == len(records)
    assert sums(capsys, "Denies").total() == len(again)


def test_given_replies_that_come_twice_then_they_count_once(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    # given what no finding is made of
    audit(deployment, *CLUSTER, heard(60))
    verdicts(deployment, deny("10.42.0.98", "10.42.0.99", 51_000).replace("43322", "443"))
    records = messages(deployment)
    for _ in range(2):
        assert judge(deployment, records) == set()
    assert sums(capsys, "Denies") == {"reply": 1}


# --- knowledge that refuses -----------------------------------------------------------------------


def test_given_knowledge_that_refuses_then_messages_wait_and_at_last_their_lines_judge(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    audit(deployment, *CLUSTER, heard(60))
    verdicts(deployment, deny())
    old = messages(deployment, waits=MAX_WAITS)
    verdicts(deployment, deny(port=9090))
    new = messages(deployment)
    # when a message that waited long enough comes with one that did not
    with answering("Query", lambda _: refusal(DENIED)):
        assert judge(deployment, [*old, *new]) == ids(new)
    # then it is judged by its line and counted; the other one by objects, later
    assert counts(deployment) == 1
    output = capsys.readouterr().out
    assert '"JudgedByLine":[1.0]' in output
    assert judge(deployment, new) == set()
    assert sums(capsys, "Denies") == {"agent-state": 1}


def test_given_knowledge_that_is_refused_in_the_middle_then_no_message_is_lost(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    audit(deployment, *CLUSTER, heard(60))
    for number in range(5):
        verdicts(deployment, deny(port=8080 + number))
    records, asked = messages(deployment), iter(range(3))
    # when how far the log was heard is read, and some objects
    with answering("Query", lambda _: None if next(asked, None) is not None else refusal(DENIED)):
        assert judge(deployment, records) == ids(records)
    assert counts(deployment) == 0
    assert judge(deployment, records) == set()
    assert sums(capsys, "Denies") == {"agent-state": 5}


def test_given_a_queue_that_puts_nothing_back_then_what_is_ripe_is_judged(
    deployment: Deployment,
) -> None:
    audit(deployment, *CLUSTER, heard(60))
    verdicts(deployment, deny())
    ripe = messages(deployment)
    verdicts(deployment, deny(port=9090), seconds=300)
    late = messages(deployment)
    with answering("ChangeMessageVisibility", refuse_first(100, DENIED)):
        assert judge(deployment, [*late, *ripe]) == ids(late)
    assert counts(deployment) == 1


# --- audit events late, absent, between -----------------------------------------------------------


def test_given_a_cluster_without_an_audit_log_then_its_lines_judge_at_once(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts(deployment, deny())
    assert judge(deployment, messages(deployment)) == set()
    output = capsys.readouterr().out
    assert '"JudgedByLine":[1.0]' in output
    assert '"JudgedUnheard":[1.0]' in output


def test_given_an_audit_log_that_is_late_then_a_deny_waits_for_it_and_not_for_ever(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a policy that was written before the flow, and is heard after it
    audit(deployment, namespace(), *pods(), policy(10, "nobody"), heard(20))
    verdicts(deployment, deny(), seconds=30)
    verdicts(deployment, deny(port=9090), seconds=7_200)
    records = messages(deployment)
    assert judge(deployment, records) == ids(records)
    audit(deployment, policy(25, "client", "update"), heard(60))
    learned_elsewhere(deployment)
    # then the first is judged by it; the other one's explanation never comes
    capsys.readouterr()
    assert judge(deployment, records) == ids(records[1:])
    assert sums(capsys, "Denies") == {"agent-state": 1}
    assert judge(deployment, received_again(records[1:], MAX_WAITS)) == set()
    unsure = [each for each in judgements(deployment) if each["subject"].get("port") == 9090]
    assert [each["confidence"] for each in unsure] != ["high"]


def learned_elsewhere(deployment: Deployment) -> None:
    """Let the log be heard by a process that did not hear it before."""
    deployment.analyzer._hearing.cache_clear()  # as in a new container
    audit(deployment, heard(61))


def test_given_a_flow_before_its_pods_address_then_the_pod_is_known(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    # given packets 2 s before the kubelet shows the address
    audit(deployment, namespace(), policy(0.5, "client"), *pods(), heard(60))
    verdicts(deployment, deny(), seconds=6)
    assert judge(deployment, messages(deployment)) == set()
    assert sums(capsys, "Denies") == {"agent-state": 1}


def test_given_a_policy_written_after_the_flow_then_it_did_not_decide(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    audit(deployment, namespace(), *pods(), policy(10, "nobody"),
          policy(31, "client", "update"), heard(60))  # fmt: skip
    verdicts(deployment, deny(), seconds=30)
    verdicts(deployment, deny(), seconds=40)
    assert judge(deployment, messages(deployment)) == set()
    assert sums(capsys, "Denies") == {"violation": 1, "agent-state": 1}


@pytest.mark.parametrize("skew_seconds", [-300, 300])
def test_given_a_nodes_clock_that_is_wrong_then_nothing_is_sure_of_what_was_not_heard(
    deployment: Deployment, skew_seconds: int
) -> None:
    audit(deployment, *CLUSTER, heard(60))
    verdicts(deployment, deny(), seconds=30 + skew_seconds)
    judge(deployment, messages(deployment, waits=MAX_WAITS))
    (state,) = judgements(deployment)
    assert state["confidence"] != "high"


# --- hostile and odd ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        deny("2001:db8::1", "2001:db8::2"),
        deny("", ""),
        deny("", SERVER),
        deny().replace("n2", "n\uffff\ufffe\u2028\x1b"),
        deny().replace("n2", "n" * 200_000),
        deny().replace("TCP", "T" * 200_000),
        deny(port=99_999_999_999),
    ],
    ids=["ipv6", "redacted", "half", "characters", "node", "protocol", "port"],
)
def test_given_an_odd_line_then_its_neighbour_is_judged(
    deployment: Deployment, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    audit(deployment, *CLUSTER, heard(60))
    verdicts(deployment, line, deny())
    assert judge(deployment, messages(deployment)) == set()
    assert sums(capsys, "Denies")["agent-state"] >= 1


def test_given_a_group_of_no_cluster_then_its_denies_are_judged_by_their_lines(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    events = payload(deny(), at=NOON_MS, group="/somewhere/else")
    deployment.analyzer.handle(events, Context())
    assert judge(deployment, messages(deployment)) == set()
    assert sums(capsys, "Denies").total() == 1


def test_given_what_is_no_message_then_its_neighbours_are_judged(deployment: Deployment) -> None:
    audit(deployment, *CLUSTER, heard(60))
    verdicts(deployment, deny())
    (record,) = messages(deployment)
    bad = {**record, "messageId": "bad", "body": '{"key": 1}'}
    assert judge(deployment, [bad, record]) == {"bad"}
    assert counts(deployment) == 1


def test_given_facts_that_were_not_learned_then_the_log_was_not_heard(
    deployment: Deployment,
) -> None:
    # given a table that takes no facts
    with answering("BatchWriteItem", lambda _: refusal(DENIED)):
        audit(deployment, *CLUSTER, heard(60))
    verdicts(deployment, deny())
    judge(deployment, messages(deployment))
    (state,) = judgements(deployment)
    assert state["confidence"] != "high"


def test_given_facts_that_were_lost_then_no_later_event_makes_up_for_them(
    deployment: Deployment,
) -> None:
    # given a policy that could not be learned, after which the log was heard well
    audit(deployment, *CLUSTER)
    with answering("BatchWriteItem", lambda _: refusal(DENIED)):
        audit(deployment, policy(25, "nobody", "update"))
    audit(deployment, heard(60))
    learned_elsewhere(deployment)
    verdicts(deployment, deny(), seconds=5)
    verdicts(deployment, deny(), seconds=30)
    assert judge(deployment, messages(deployment)) == set()
    # then nothing rests surely on what is known since that hour
    assert {state["confidence"] for state in judgements(deployment)} == {"medium"}


def test_given_a_loss_that_cannot_be_noted_then_it_is_noted_before_the_log_is_heard(
    deployment: Deployment,
) -> None:
    with (
        answering("BatchWriteItem", lambda _: refusal(DENIED)),
        answering("PutItem", lambda _: refusal(DENIED)),
    ):
        audit(deployment, *CLUSTER)
    audit(deployment, heard(60))
    known = deployment.analyzer._hearing().heard("retail-prod", NOON_MS)
    assert known.until(NOON_MS) is not None
    assert known.lost_before(NOON_MS)
