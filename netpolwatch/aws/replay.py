"""What was given up is driven again: log batches, conversations that wait, notifications.

A message leaves its queue only after its work was taken on: a crash between repeats it, and the
batch's marker, or the notification's id, lets that change nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws.deployment import Deployed, invoke_later
from netpolwatch.aws.settling_queue import SettlingQueue
from netpolwatch.findings.items import Changes, Item, Items, Outgoing, TestItem
from netpolwatch.findings.ledger import ContentionError, Ledger
from netpolwatch.settling.message import NotAMessageError, read_message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_HIDDEN_SECONDS: Final = 300
_MAX_MESSAGES: Final = 100_000
_MAX_WHY_CHARS: Final = 200

Progress = Callable[[str, str], None]
"""Told of each message: what it was, and what became of it."""


class _Refused(msgspec.Struct, frozen=True):
    kind: str
    channel: str
    why: str
    outgoing: Outgoing


@dataclass(slots=True)
class Replayed:
    """Messages by what became of them: `replayed`, `kept`, `dropped`, `poison`."""

    fates: Counter[str] = field(default_factory=Counter)


def replay(
    sqs: "SQSClient",
    deployed: Deployed,
    queue: str,
    *,
    dry_run: bool,
    now_ms: int,
    progress: Progress,
) -> Replayed:
    """Drive a failure queue again; with `dry_run`, only tell what would be done.

    What cannot be read stays in the queue as `poison`, and hides no neighbour. Raises
    `ClientError` where the queue itself cannot be read.
    """
    url, replayed = deployed.queues()[queue], Replayed()
    seen: set[str] = set()
    handles: list[str] = []
    for message in _messages(sqs, url):
        if message["MessageId"] in seen:
            break
        seen.add(message["MessageId"])
        what, fate = _one(sqs, deployed, queue, message["Body"], dry_run=dry_run, now_ms=now_ms)
        replayed.fates[fate] += 1
        progress(what, fate)
        if fate in ("replayed", "dropped") and not dry_run:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        else:
            handles.append(message["ReceiptHandle"])
    for handle in handles:
        # What stays is to be seen at once by whoever looks next.
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    return replayed


def _messages(sqs: "SQSClient", url: str) -> Iterator[Any]:
    for _ in range(_MAX_MESSAGES):
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=_HIDDEN_SECONDS,
            WaitTimeSeconds=1,
        )  # fmt: skip
        messages = answer.get("Messages", [])
        if not messages:
            return
        yield from messages


def _one(
    sqs: "SQSClient", deployed: Deployed, queue: str, body: str, *, dry_run: bool, now_ms: int
) -> tuple[str, str]:
    try:
        if queue == "analyzer":
            return _batch(deployed, body, dry_run=dry_run)
        if queue == "judge":
            return _conversations(sqs, deployed, body, dry_run=dry_run)
        return _notification(deployed.ledger(), body, dry_run=dry_run, now_ms=now_ms)
    except (ClientError, BotoCoreError, ContentionError) as error:
        return f"{type(error).__name__}: {str(error)[:_MAX_WHY_CHARS]}", "kept"


def _batch(deployed: Deployed, body: str, *, dry_run: bool) -> tuple[str, str]:
    """Invoke the analyzer with the payload that its destination record holds."""
    try:
        record = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        payload = msgspec.json.decode(record["requestPayload"])
        data = payload["awslogs"]["data"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return "no log batch: it stays", "poison"
    what = f"a log batch of {len(data):,} characters"
    if not dry_run:
        invoke_later(deployed.analyzer, msgspec.json.encode(payload))
    return what, "replayed"


def _conversations(
    sqs: "SQSClient", deployed: Deployed, body: str, *, dry_run: bool
) -> tuple[str, str]:
    """Let denied conversations wait again: they are judged by what is known now."""
    try:
        message = read_message(body)
    except NotAMessageError:
        return "no denied conversations: it stays", "poison"
    what = f"{len(message.conversations)} denied conversations"
    if not dry_run:
        SettlingQueue(sqs, deployed.outputs["SettlingQueueUrl"]).send(body, 0)
    return what, "replayed"


def _notification(ledger: Ledger, body: str, *, dry_run: bool, now_ms: int) -> tuple[str, str]:
    try:
        refused = msgspec.json.decode(body, type=_Refused)
    except msgspec.DecodeError:
        return _of_stream(body)
    outgoing = refused.outgoing
    what = f"notification {outgoing.id} for {refused.channel} ({refused.why})"
    if dry_run:
        return what, "replayed"
    # To the channel that refused it, under its old name, and to no other.
    sent = {name: value for name, value in outgoing.sent.items() if name != refused.channel}
    again = msgspec.structs.replace(
        outgoing, at=now_ms, due_at=now_ms, tries=0, routed=True, sent=sent
    )
    key = f"replay#{outgoing.id}#{refused.channel}"

    def decide(_items: Items) -> Changes:
        item: Item = TestItem(outbox=(again,))
        return {key: item}

    ledger.change([key], decide, now_ms)
    return what, "replayed"


def _of_stream(body: str) -> tuple[str, str]:
    """Read the record of a stream's batch: the items keep their outboxes, the sweeper sees them."""
    try:
        record = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        return "no record of ours: it stays", "poison"
    if "DDBStreamBatchInfo" not in record:
        return "no record of ours: it stays", "poison"
    return "a batch of the table's stream: its items are tried again by the sweeper", "dropped"
