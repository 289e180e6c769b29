"""The steps of the proof, each a question to the running stack with a bound on the wait."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from local.layout import ROOT
from smoke.account import Account
from smoke.stack import CLUSTER, GROUP, NAME

_QUICKSTART = ROOT / "samples" / "quickstart.jsonl"
_INBOX = f"{NAME}-inbox"
_POLL_SECONDS = 2.0

Answer = TypeVar("Answer")


class NothingCameError(Exception):
    """What should have come did not, in the time that it was given."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Asks a deployed stack what it does."""

    account: Account
    outputs: dict[str, str]

    def listen(self) -> str:
        """Subscribe a queue to the findings; returns its address."""
        sqs, topic = self.account.client("sqs"), self.outputs["FindingsTopicArn"]
        url: str = sqs.create_queue(QueueName=_INBOX)["QueueUrl"]
        got = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arn = got["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        self.account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return url

    def events_become_messages(self, inbox: str) -> dict[str, Any]:
        """Write a sample's events; a message about a finding has to come in three minutes."""
        sent = write_quickstart(self.account)
        started = time.monotonic()
        message = wait_for(lambda: self._message(inbox), 180)
        return {
            "events": sent,
            "first_message_after_seconds": round(time.monotonic() - started, 1),
            "issue": message.get("issue"),
            "severity": message.get("severity"),
        }

    def events_are_counted(self) -> dict[str, Any]:
        """Read our own metrics, the alarms and the dashboard back."""
        counted = wait_for(self._events_processed, 300)
        cloudwatch = self.account.client("cloudwatch")
        alarms = cloudwatch.describe_alarms(AlarmNamePrefix=f"{NAME}-")["MetricAlarms"]
        states = {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}
        return {
            "events_processed": counted,
            "alarms": len(states),
            "in_alarm": sorted(name for name, state in states.items() if state == "ALARM"),
            "dashboard": self.outputs["DashboardUrl"].rpartition("/")[2],
        }

    def a_corrupt_payload_is_kept(self) -> dict[str, Any]:
        """Invoke the analyzer with what is no envelope; it has to reach the failure queue."""
        self.account.client("lambda").invoke(
            FunctionName=f"{NAME}-analyzer",
            InvocationType="Event",
            Payload=json.dumps({"awslogs": {"data": "bm8gZW52ZWxvcGU="}}).encode(),
        )
        started = time.monotonic()
        # Lambda repeats it after one and after two minutes more.
        wait_for(lambda: self._kept(self.outputs["AnalyzerFailureQueueUrl"]), 600)
        return {"kept_after_seconds": round(time.monotonic() - started, 1)}

    def a_group_made_anew_is_read_again(self) -> dict[str, Any]:
        """Delete the log group, make it again, and let the hourly check come."""
        logs = self.account.client("logs")
        before = _filters(logs)
        logs.delete_log_group(logGroupName=GROUP)
        make_group(self.account)
        lost = _filters(logs)
        answer = self.account.client("lambda").invoke(
            FunctionName=f"{NAME}-subscriber", Payload=b'{"check": true}'
        )
        done = json.loads(answer["Payload"].read())
        after = _filters(logs)
        if lost or after != before or not after:
            raise NothingCameError(f"filters before, deleted, after: {before}, {lost}, {after}")
        return {"filters": after, "restored": done["restored"]}

    def functions_report(self) -> dict[str, Any]:
        """Read Lambda's own REPORT lines: start-up, billed time and memory of each function."""
        logs = self.account.client("logs")
        found = {}
        for name in ("analyzer", "judge", "notifier", "sweeper", "subscriber"):
            answer = logs.filter_log_events(
                logGroupName=f"/aws/lambda/{NAME}-{name}", filterPattern='"REPORT"', limit=50
            )
            found[name] = [event["message"].strip() for event in answer["events"]][:3]
        return found

    def _message(self, inbox: str) -> dict[str, Any] | None:
        answer = self.account.client("sqs").receive_message(
            QueueUrl=inbox, MaxNumberOfMessages=1, WaitTimeSeconds=1
        )
        for raw in answer.get("Messages", []):
            notice: dict[str, Any] = json.loads(json.loads(raw["Body"])["Message"])
            return notice
        return None

    def _kept(self, queue: str) -> bool:
        answer = self.account.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1)
        return bool(answer.get("Messages"))

    def _events_processed(self) -> int:
        now = datetime.now(UTC)
        answer = self.account.client("cloudwatch").get_metric_statistics(
            Namespace="netpolwatch",
            MetricName="EventsProcessed",
            Dimensions=[{"Name": "Cluster", "Value": CLUSTER}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=5),
            Period=3600,
            Statistics=["Sum"],
        )
        total: float = sum(point["Sum"] for point in answer["Datapoints"])
        return round(total)


def make_group(account: Account) -> None:
    """Make the scratch log group."""
    account.client("logs").create_log_group(logGroupName=GROUP, tags={"netpolwatch:stack": NAME})


def write_quickstart(account: Account) -> int:
    """Write the sample's events into the scratch log group, as of now; returns their number."""
    logs = account.client("logs")
    events = [json.loads(line) for line in _QUICKSTART.read_text(encoding="utf-8").splitlines()]
    now_ms = time.time_ns() // 1_000_000
    for stream in sorted({event["logStream"] for event in events}):
        logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        of_stream = [event for event in events if event["logStream"] == stream]
        logs.put_log_events(
            logGroupName=GROUP,
            logStreamName=stream,
            logEvents=[
                {"timestamp": now_ms + number, "message": event["message"]}
                for number, event in enumerate(of_stream)
            ],
        )
    return len(events)


def wait_for(read: Callable[[], Answer | None], seconds: float) -> Answer:
    """Return the first answer that is something; raises `NothingCameError`."""
    end = time.monotonic() + seconds
    while not (answer := read()):
        if time.monotonic() > end:
            raise NothingCameError(f"nothing came in {seconds:.0f} s")
        time.sleep(_POLL_SECONDS)
    return answer


def _filters(logs: Any) -> list[str]:  # noqa: ANN401 - boto3 makes clients at run time
    found = logs.describe_subscription_filters(logGroupName=GROUP)["subscriptionFilters"]
    return sorted(one["filterName"] for one in found)
