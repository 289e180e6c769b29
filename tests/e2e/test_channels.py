"""The real notifier, in the emulator, beside a Slack that answers as it likes; and a storm."""

import base64
import gzip
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from local.demo.clockwork import MINUTE_MS, settle, tick
from local.demo.inbox import Inbox, stored_findings
from local.deployment import Deployment, deploy
from local.emulator import Emulator
from tests.unit.aws.channels.http_server import Answer, Server, serving

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("channels")]

CLUSTER = "storm"
GROUP = f"/aws/containerinsights/{CLUSTER}/dataplane"
ANALYZER = "netpolwatch-analyzer"
PATIENCE_SECONDS = 60
FAULTS = {
    "npa-link-not-found": (
        "network-policy-agent.log",
        '{"level":"error","msg":"failed to find device by name eni9ea69618bf0: Link not found"}',
    ),
    "npa-bpf-map-update-failed": (
        "network-policy-agent.log",
        '{"level":"error","msg":"Ingress Map update failed: unable to update map: no argument"}',
    ),
    "stale-policyendpoint-map-cleanup": (
        "network-policy-agent.log",
        '{"level":"error","msg":"BPF programs and Maps delete failed for: shop-web"}',
    ),
    "ipamd-no-free-ips": (
        "ipamd.log",
        '{"level":"error","msg":"InsufficientFreeAddressesInSubnet: not enough free addresses"}',
    ),
    "conntrack-table-full": (
        "network-policy-agent.log",
        '{"level":"error","msg":"Failed to read from conntrack table"}',
    ),
}


@dataclass(frozen=True)
class World:
    """A deployment whose Slack is a server of ours."""

    emulator: Emulator
    deployment: Deployment
    inbox: Inbox
    slack: Server

    def analyze(self, node: str, file: str, *lines: str) -> None:
        """Deliver lines of a node's file, as CloudWatch Logs would."""
        now = time.time_ns() // 1_000_000
        envelope = {
            "messageType": "DATA_MESSAGE",
            "owner": "000000000000",
            "logGroup": GROUP,
            "logStream": f"{node}-dataplane.tail.var.log.aws-routed-eni.{file}",
            "subscriptionFilters": ["netpolwatch-netpolwatch"],
            "logEvents": [
                {"id": f"{time.time_ns():020d}{number:036d}", "timestamp": now, "message": line}
                for number, line in enumerate(lines)
            ],
        }
        data = base64.b64encode(gzip.compress(json.dumps(envelope).encode(), 1)).decode()
        answer = self.emulator.client("lambda").invoke(
            FunctionName=ANALYZER, Payload=json.dumps({"awslogs": {"data": data}}).encode()
        )
        assert "FunctionError" not in answer, answer["Payload"].read()

    def states(self) -> list[dict[str, Any]]:
        return list(stored_findings(self.emulator, self.deployment).values())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    work = tmp_path_factory.mktemp("channels")
    with Emulator.started(work) as emulator, serving(Answer()) as slack:
        secret = emulator.client("secretsmanager").create_secret(
            Name="slack", SecretString=f"{slack.url}/services/T/B/x"
        )
        emulator.client("logs").create_log_group(logGroupName=GROUP)
        config = work / "netpolwatch.yaml"
        config.write_text(
            f"clusters: [{{name: {CLUSTER}, log_groups: [{GROUP}]}}]\n"
            f"slack_secret_arn: {secret['ARN']}\n",
            encoding="utf-8",
        )
        deployment = deploy(emulator, config, work)
        yield World(emulator, deployment, Inbox.subscribed(emulator, deployment), slack)


def eventually(check: Any) -> Any:  # noqa: ANN401  # whatever is waited for
    end = time.monotonic() + PATIENCE_SECONDS
    while not (result := check()):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.1)
    return result


def about(world: World, node: str) -> int:
    return sum(node in json.dumps(body) for _, body in world.slack.got)


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, Answer()),
        (2, Answer(429, "", {"Retry-After": "1"})),
        (3, Answer(500, "oops")),
        (4, Answer(delay=6.0)),
    ],
)
def test_given_what_slack_answers_then_mail_is_told_at_once_and_slack_in_the_end(
    world: World, number: int, answer: Answer
) -> None:
    # given a Slack in trouble, and a fault of an issue that is not grouped with another
    node = f"node-{number}"
    world.slack.answers[:] = [answer]
    _, line = list(FAULTS.values())[number - 1]
    file = list(FAULTS.values())[number - 1][0]
    # when
    world.analyze(node, file, *[line] * 5)
    # then the topic has it, whatever Slack does
    eventually(
        lambda: (
            world.inbox.poll()
            or any(node in json.dumps(one.document) for one in world.inbox.messages)
        )
    )
    eventually(lambda: about(world, node))
    # when Slack is well again, and its time has come
    world.slack.answers[:] = [Answer()]
    time.sleep(max(1.0, answer.delay))
    before = about(world, node)
    now = time.time_ns() // 1_000_000
    if answer.status != 200 or answer.delay:
        later_than_backoff(world)
        tick(world.emulator, now + 3 * MINUTE_MS)
        eventually(lambda: about(world, node) > before)
    # then nothing waits any more
    eventually(lambda: not waiting(world))


def later_than_backoff(world: World) -> None:
    """Let the pause be over: what is stored says when it is due."""
    table = world.deployment.outputs["FindingsTableName"]
    client = world.emulator.client("dynamodb")
    for item in eventually(lambda: waiting(world)):
        body = json.loads(item["body"]["S"])
        for outgoing in body["outbox"]:
            outgoing["due_at"] = 1
        client.update_item(
            TableName=table,
            Key={"pk": item["pk"]},
            UpdateExpression="SET body = :body, due_at = :one",
            ExpressionAttributeValues={":body": {"S": json.dumps(body)}, ":one": {"N": "1"}},
        )


def waiting(world: World) -> list[Any]:
    table = world.deployment.outputs["FindingsTableName"]
    items = world.emulator.client("dynamodb").scan(TableName=table)["Items"]
    return [item for item in items if "outbox_due" in item]


def test_given_a_redirect_then_nothing_is_followed_and_it_ends_in_the_failure_queue(
    world: World,
) -> None:
    # given
    with serving(Answer()) as other:
        world.slack.answers[:] = [Answer(302, "", {"Location": f"{other.url}/steal"})]
        # when
        file, line = FAULTS["conntrack-table-full"]
        world.analyze("node-5", file, *[line] * 5)
        url = world.deployment.outputs["NotifierFailureQueueUrl"]
        sqs = world.emulator.client("sqs")
        messages = eventually(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    # then
    refused = json.loads(messages[0]["Body"])
    assert (refused["channel"], refused["why"]) == ("slack", "302 ")
    assert other.got == []
    world.slack.answers[:] = [Answer()]
    sqs.purge_queue(QueueUrl=url)


def has_news(document: dict[str, Any]) -> bool:
    """Whether a table tells of more than what is over."""
    return any(row["status"] != "resolved" for row in document.get("rows", ()))


def test_a_storm_is_a_handful_of_messages(world: World) -> None:
    # given a calm: every group of before is closed
    now = time.time_ns() // 1_000_000
    for minutes in (11, 22):
        tick(world.emulator, now + minutes * MINUTE_MS)
        settle(world.inbox, quiet_seconds=1.0)
    world.inbox.messages.clear()
    before = sum(state["count"] for state in world.states())
    # when 200,000 sightings of five faults come from a hundred nodes
    each = 200_000 // (100 * len(FAULTS))

    def of_node(number: int) -> None:
        for file in ("network-policy-agent.log", "ipamd.log"):
            lines = [line for name, line in FAULTS.values() if name == file for _ in range(each)]
            world.analyze(f"storm-{number}", file, *lines)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(of_node, range(100)))
    eventually(lambda: not waiting(world))
    # and a quarter of an hour passes
    for minutes in (33, 44):
        tick(world.emulator, now + minutes * MINUTE_MS)
        eventually(lambda: not waiting(world))
        settle(world.inbox)
    # then
    told = [one for one in world.inbox.messages if "storm-" in json.dumps(one.document)]
    opened = [one for one in told if one.kind == "opened" or has_news(one.document)]
    assert 0 < len(opened) <= 12
    # and the end of all of it is not a storm, either
    assert len(told) <= 12 + len(FAULTS)
    named = {one.document.get("issue") for one in opened}
    named |= {row["issue"] for one in opened for row in one.document.get("rows", ())}
    assert set(FAULTS) <= named
    assert sum(state["count"] for state in world.states()) - before == 200_000
