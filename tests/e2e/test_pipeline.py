"""The deployed app, from put_log_events to the message: real CDK, real boto3, an emulator."""

import base64
import gzip
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest

from local.demo.clockwork import MINUTE_MS, tick
from local.demo.inbox import Inbox, stored_findings
from local.deployment import Deployment, deploy
from local.emulator import Emulator
from samples import audit, reuse
from samples.cluster import PODS
from samples.parts import DAY_MINUTES
from samples.template import filled
from tests.e2e.rights import asked, rights_of

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("pipeline")]

CLUSTER = "shop-test"
GROUP = f"/aws/eks/{CLUSTER}/cluster"
MISSING_GROUP = f"/aws/eks/{CLUSTER}/nodes"
AGENT_STREAM = "aws-network-policy-agent-audit-3a28fb1a-6a81-44b2-ac71-37b8aa651ca5"
ANALYZER = "netpolwatch-analyzer"
PATIENCE_SECONDS = 60
COMMAND = Path(sys.executable).parent / "netpolwatch"

Result = TypeVar("Result")
CONFIG = f"""
clusters:
  - name: {CLUSTER}
    log_groups: [{GROUP}, {MISSING_GROUP}]
email: [on-call@example.com]
settling: 1s
"""


@dataclass(frozen=True)
class World:
    """A deployment with somebody who listens."""

    emulator: Emulator
    deployment: Deployment
    inbox: Inbox

    def put(self, *messages: str) -> None:
        now = time.time_ns() // 1_000_000
        self.put_at(AGENT_STREAM, [(now, message) for message in messages])

    def put_at(self, stream: str, events: list[tuple[int, str]]) -> None:
        self.emulator.client("logs").put_log_events(
            logGroupName=GROUP,
            logStreamName=stream,
            logEvents=[{"timestamp": at, "message": message} for at, message in events],
        )

    def learned(self, address: str) -> int:
        """Count what the analyzer has learned of an address."""
        answer = self.emulator.client("dynamodb").query(
            TableName=self.deployment.outputs["KnowledgeTableName"],
            KeyConditionExpression="pk = :address",
            ExpressionAttributeValues={":address": {"S": f"{CLUSTER}#address#{address}"}},
        )
        return answer["Count"]

    def invoke_asynchronously(self, payload: dict[str, Any]) -> None:
        self.emulator.client("lambda").invoke(
            FunctionName=ANALYZER, InvocationType="Event", Payload=json.dumps(payload).encode()
        )

    def failures(self) -> list[dict[str, Any]]:
        answer = self.emulator.client("sqs").receive_message(
            QueueUrl=self.deployment.outputs["AnalyzerFailureQueueUrl"], MaxNumberOfMessages=10
        )
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def messages_about(self, port: int) -> list[dict[str, Any]]:
        """Let the digest's quarter of an hour pass, and give its rows of a conversation."""
        if port in {state["subject"].get("port") for state in self.states()}:
            tick(self.emulator, time.time_ns() // 1_000_000 + 16 * MINUTE_MS)
        self.inbox.poll()
        return [
            row
            for message in self.inbox.messages
            for row in message.document.get("rows", ())
            if f"port {port} " in row["subject"]
        ]

    def states(self) -> list[dict[str, Any]]:
        return list(stored_findings(self.emulator, self.deployment).values())

    def stored(self, port: int) -> dict[str, Any]:
        found = (state for state in self.states() if state["subject"].get("port") == port)
        return next(found, {})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    work = tmp_path_factory.mktemp("pipeline")
    config = work / "netpolwatch.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    with Emulator.started(work) as emulator:
        logs = emulator.client("logs")
        logs.create_log_group(logGroupName=GROUP)
        logs.create_log_stream(logGroupName=GROUP, logStreamName=AGENT_STREAM)
        deployment = deploy(emulator, config, work)
        yield World(emulator, deployment, Inbox.subscribed(emulator, deployment))


def denied(port: int, client_port: int = 40_000) -> str:
    return (
        f"Node: ip-10-0-1-9.ec2.internal;SIP: 10.0.1.44;SPORT: {client_port};DIP: 10.0.9.9"
        f";DPORT: {port};PROTOCOL: TCP;PolicyVerdict: DENY"
    )


def payload(*messages: str) -> dict[str, Any]:
    now = time.time_ns() // 1_000_000
    envelope = {
        "messageType": "DATA_MESSAGE",
        "owner": "000000000000",
        "logGroup": GROUP,
        "logStream": AGENT_STREAM,
        "subscriptionFilters": ["netpolwatch-netpolwatch"],
        "logEvents": [
            {"id": f"{now:020d}{number:036d}", "timestamp": now, "message": message}
            for number, message in enumerate(messages)
        ],
    }
    data = base64.b64encode(gzip.compress(json.dumps(envelope).encode())).decode()
    return {"awslogs": {"data": data}}


def eventually(check: Callable[[], Result]) -> Result:
    end = time.monotonic() + PATIENCE_SECONDS
    while not (result := check()):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.1)
    return result


def test_when_a_group_is_missing_then_the_stack_stands_and_says_so(world: World) -> None:
    report = world.deployment.outputs["SubscriptionReport"]

    assert f"{GROUP}: subscribed" in report
    assert MISSING_GROUP in report
    assert f"{MISSING_GROUP}: subscribed" not in report


def test_given_lines_when_put_then_exactly_the_expected_messages_once(world: World) -> None:
    world.put(
        *(denied(5432, 40_000 + number) for number in range(5)),
        denied(5432).replace("DENY", "ACCEPT"),
        # The pod's state is missing: a line alone proves that.
        f"{denied(5433)};Tier: ERROR",
        "I0601 08:59:21.123456      10 scheduler.go:1] nothing to see",
    )

    eventually(lambda: world.messages_about(5432))
    time.sleep(1)
    (row,) = world.messages_about(5432)
    assert (row["issue"], row["status"], row["count"]) == ("denied-conversation", "open", 5)
    assert {message.document["cluster"] for message in world.inbox.messages} == {CLUSTER}
    mails = [mail for mail in world.emulator.mails() if "port 5432" in mail["text"]]
    assert [mail["to"] for mail in mails] == ["on-call@example.com"]


def test_given_one_payload_when_delivered_twice_to_two_containers_then_it_counts_once(
    world: World,
) -> None:
    event = json.dumps(payload(denied(6001), denied(6001, 40_001))).encode()
    start = threading.Barrier(4)
    answers: list[bytes] = []

    def deliver() -> None:
        start.wait()
        answer = world.emulator.client("lambda").invoke(FunctionName=ANALYZER, Payload=event)
        assert "FunctionError" not in answer
        answers.append(answer["Payload"].read())

    deliveries = [threading.Thread(target=deliver) for _ in range(4)]
    for delivery in deliveries:
        delivery.start()
    for delivery in deliveries:
        delivery.join()

    assert [json.loads(answer)["events"] for answer in answers] == [2, 2, 2, 2]
    eventually(lambda: world.messages_about(6001))
    time.sleep(1)
    assert len(world.messages_about(6001)) == 1
    assert world.stored(6001)["count"] == 2


def test_given_more_of_the_same_when_it_comes_then_it_counts_and_nobody_is_told_again(
    world: World,
) -> None:
    world.put(denied(6002))
    eventually(lambda: world.messages_about(6002))

    world.put(denied(6002, 40_002))
    world.put(denied(6002, 40_003))

    eventually(lambda: world.stored(6002).get("count") == 3)
    time.sleep(1)
    assert len(world.messages_about(6002)) == 1
    assert world.stored(6002)["status"] == "ongoing"


def test_given_a_bad_line_in_a_good_envelope_when_put_then_its_neighbours_are_heard(
    world: World,
) -> None:
    world.put("Node: \x00;SIP: \ufffd" + "x" * 200_000, denied(6003), "\ud83d\ude00")

    eventually(lambda: world.messages_about(6003))


def test_given_garbage_when_invoked_asynchronously_then_it_is_kept(world: World) -> None:
    world.invoke_asynchronously({"awslogs": {"data": "bm90IGd6aXA="}})

    (record,) = eventually(world.failures)
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestPayload"] == {"awslogs": {"data": "bm90IGd6aXA="}}
    assert record["responsePayload"]["errorType"] == "UndecodablePayloadError"


def test_given_a_table_that_refuses_when_a_payload_comes_then_it_is_kept(world: World) -> None:
    # The emulator enforces no IAM: a table that the function cannot reach refuses as surely.
    functions = world.emulator.client("lambda")
    configuration = functions.get_function_configuration(FunctionName=ANALYZER)
    variables = configuration["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=ANALYZER,
        Environment={"Variables": {**variables, "FINDINGS_TABLE": "not-ours"}},
    )
    try:
        # The pod's state is missing: a line alone proves that.
        event = payload(f"{denied(6004)};Tier: ERROR")
        world.invoke_asynchronously(event)

        (record,) = eventually(world.failures)
        assert record["requestPayload"] == event
        assert "ResourceNotFoundException" in record["responsePayload"]["errorMessage"]
    finally:
        functions.update_function_configuration(
            FunctionName=ANALYZER, Environment={"Variables": variables}
        )
    assert world.messages_about(6004) == []


# --- the running commands ------------------------------------------------------------------------


def netpolwatch(world: World, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command
        [str(COMMAND), *arguments],
        env=os.environ | world.emulator.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_given_garbage_in_the_queue_when_replayed_then_it_is_tried_and_its_poison_kept(
    world: World,
) -> None:
    # given a batch that failed for a reason that is gone, and a message that nobody of us wrote
    url = world.deployment.outputs["AnalyzerFailureQueueUrl"]
    sqs = world.emulator.client("sqs")

    def depth() -> int:
        answer = sqs.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(map(int, answer["Attributes"].values()))

    sqs.purge_queue(QueueUrl=url)
    good = {"requestContext": {}, "requestPayload": payload(denied(6010))}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(good))
    sqs.send_message(QueueUrl=url, MessageBody="not ours")
    # when it is only looked at
    looked = netpolwatch(world, "replay", "--queue", "analyzer", "--dry-run")
    assert "1 poison, 1 replayed (dry run: nothing was done)" in looked.stdout, looked.stderr
    assert depth() == 2
    # when it is replayed
    done = netpolwatch(world, "replay", "--queue", "analyzer")
    # then the batch is analyzed, the other stays
    assert (done.returncode, depth()) == (1, 1), done.stderr
    eventually(lambda: world.stored(6010).get("count") == 1)
    sqs.purge_queue(QueueUrl=url)


def test_given_a_silence_when_a_fault_comes_then_nobody_is_told_until_it_is_over(
    world: World,
) -> None:
    # given
    added = netpolwatch(
        world, "silence", "add", "--issue", "npa-*", "--cluster", CLUSTER, "--for", "2h",
        "--reason", "upgrade of the nodes",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    listed = netpolwatch(world, "silence", "list", "--format", "json")
    (silence,) = json.loads(listed.stdout)
    assert (silence["issue"], silence["reason"]) == ("npa-*", "upgrade of the nodes")
    # when it is seen as often as it counts from
    line = '{"level":"error","msg":"failed to find device by name eni9ea69618bf0: Link not found"}'
    world.put(*[line] * 3)
    eventually(lambda: [one for one in world.states() if one["issue"] == "npa-link-not-found"])
    time.sleep(1)
    world.inbox.poll()
    assert not told_of(world, "npa-link-not-found")
    # then, once it is over, the next tick after its end tells it
    assert netpolwatch(world, "silence", "expire", silence["id"]).returncode == 0
    assert "no silence" in netpolwatch(world, "silence", "list").stdout
    tick(world.emulator, time.time_ns() // 1_000_000 + 11 * MINUTE_MS)
    eventually(lambda: world.inbox.poll() or told_of(world, "npa-link-not-found"))
    assert netpolwatch(world, "silence", "expire", "nope").returncode == 2


def told_of(world: World, issue: str) -> list[dict[str, Any]]:
    documents = [message.document for message in world.inbox.messages]
    return [document for document in documents if document.get("issue") == issue]


def test_given_a_deployment_when_tested_then_every_channel_takes_the_test(world: World) -> None:
    done = netpolwatch(world, "test-alert", "--text", "is anybody there?", "--wait", "30")
    assert (done.returncode, "every channel accepted it" in done.stdout) == (0, True), done.stdout
    mails = [mail for mail in world.emulator.mails() if "is anybody there?" in mail["text"]]
    assert [mail["subject"] for mail in mails] == ["[TEST] netpolwatch: this is a test"]


def test_given_a_history_when_learned_and_backfilled_then_its_pods_are_known_and_named(
    world: World,
) -> None:
    # given an audit event that gave a pod its address, in a stream of the control plane
    logs = world.emulator.client("logs")
    stream = "kube-apiserver-audit-0d1c2b3a4f5e6d7c8b9a0f1e2d3c4b5a"
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    (pod,) = (one for one in PODS if one.ip == "10.0.1.44")
    message = filled(audit.pod_status(pod), time.time_ns() // 1_000_000, Random(1))  # noqa: S311
    logs.put_log_events(
        logGroupName=GROUP,
        logStreamName=stream,
        logEvents=[{"timestamp": time.time_ns() // 1_000_000, "message": message}],
    )
    world.put(*(denied(7000, 40_000 + number) for number in range(5)))
    # when
    learned = netpolwatch(world, "learn", "--cluster", CLUSTER, "--since", "1h")
    told = netpolwatch(world, "backfill", "--cluster", CLUSTER, "--since", "1h", "--format", "json")
    # then
    assert learned.returncode == 0, learned.stderr
    assert "wrote 2 items" in learned.stdout
    assert told.returncode == 0, told.stderr
    report = json.loads(told.stdout)
    assert report["cluster"] == CLUSTER
    assert report["flows"]["by_verdict"]["DENY"] >= 5
    assert netpolwatch(world, "learn", "--cluster", "nowhere").returncode == 2
    # and a conversation that is denied from then on is told by its pod's name
    world.put(denied(7001))
    eventually(lambda: world.messages_about(7001))
    (row,) = world.messages_about(7001)
    assert row["subject"].startswith("shop/web-6d4cf56db6-h2x9q (10.0.1.44) -> 10.0.9.9 port 7001")


def test_given_an_address_of_two_pods_when_its_conversation_is_told_then_both_are_named(
    world: World,
) -> None:
    # given the audit events of two pods, of which one was given the other's address
    start = time.time_ns() // 1_000_000 - DAY_MINUTES * MINUTE_MS
    stream = "kube-apiserver-audit-5d1c2b3a4f5e6d7c8b9a0f1e2d3c4b5a"
    world.emulator.client("logs").create_log_stream(logGroupName=GROUP, logStreamName=stream)
    shown = [lines for tenant in reuse.TENANTS for lines in tenant.shown]
    times = [start + int(lines.window.start) * MINUTE_MS for lines in shown]
    random = Random(1)  # noqa: S311  # no secret
    world.put_at(
        stream,
        [(at, filled(lines.texts[0], at, random)) for at, lines in zip(times, shown, strict=True)],
    )
    eventually(lambda: world.learned(reuse.ADDRESS) == len(reuse.TENANTS))
    # when one conversation is denied to both
    line = denied(7010).replace("10.0.1.44", reuse.ADDRESS)
    asked = [start + int(tenant.asks.start) * MINUTE_MS for tenant in reuse.TENANTS]
    world.put_at(AGENT_STREAM, [(at, line) for at in asked])
    eventually(lambda: world.stored(7010).get("count") == len(asked))
    eventually(lambda: world.messages_about(7010))
    # then
    (row,) = world.messages_about(7010)
    both = ", later ".join(tenant.workload for tenant in reuse.TENANTS)
    assert row["subject"].startswith(f"{both} ({reuse.ADDRESS}) -> 10.0.9.9 port 7010")


# What the functions called meanwhile, against what their roles allow

BY_OTHERS = {
    "logs:CreateLogStream": "Lambda writes the function's log",
    "logs:PutLogEvents": "Lambda writes the function's log",
    "dynamodb:DescribeStream": "Lambda's poller reads the stream",
    "dynamodb:GetRecords": "Lambda's poller reads the stream",
    "dynamodb:GetShardIterator": "Lambda's poller reads the stream",
    "dynamodb:ListStreams": "Lambda's poller reads the stream",
    "kms:Decrypt": "the services use the key in a call's name",
    "kms:DescribeKey": "the services use the key in a call's name",
    "kms:Encrypt": "the services use the key in a call's name",
    "kms:GenerateDataKey": "the services use the key in a call's name",
    "sqs:SendMessage": "Lambda writes what failed for good; the notifier what a channel refuses",
    "sqs:ReceiveMessage": "Lambda's poller reads the queue",
    "sqs:DeleteMessage": "Lambda's poller reads the queue",
    "sqs:GetQueueAttributes": "Lambda's poller reads the queue",
    "sqs:ChangeMessageVisibility": "only where the audit log was not heard past a message",
    "dynamodb:DeleteItem": "only where a table or a digest was sent and nothing new waits",
    "logs:DeleteSubscriptionFilter": "only when a log group leaves or the stack goes",
}
FUNCTIONS = ("analyzer", "judge", "notifier", "sweeper", "subscriber")
FOREIGN = "table/not-ours"
"""The table that a test above has the analyzer write to, so that it is refused."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_call_is_allowed_and_each_right_is_used(world: World, name: str) -> None:
    """Comes last: what all the tests before made the functions do is the evidence."""
    function = f"netpolwatch-{name}"
    rights = rights_of(world.emulator, "netpolwatch", function)
    calls = [call for call in world.emulator.calls() if call["function"] == function]
    requests = {request for call in calls for request in asked(call) if FOREIGN not in request[1]}
    assert requests
    refused = {each for each in requests if not any(right.covers(each) for right in rights)}
    assert refused == set()
    used = {right.action for right in rights if any(right.covers(each) for each in requests)}
    assert {right.action for right in rights} - used - BY_OTHERS.keys() == set()
