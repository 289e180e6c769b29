"""What our patches add to the emulator, seen through boto3 alone."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import uuid
import zipfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import pytest
from botocore.exceptions import ClientError, WaiterError

from local import process
from local.emulator import Emulator
from local.layout import ACCOUNT, REGION, ROOT, State
from netpolwatch.configuration import ClusterConfig, Config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

T = TypeVar("T")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
PATIENCE_SECONDS = 15.0
StackState = Literal["stack_create_complete", "stack_update_complete", "stack_delete_complete"]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator.started(tmp_path_factory.mktemp("emulator")) as running:
        yield running


# --- helpers -------------------------------------------------------------------------------------


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def eventually(read: Callable[[], T | Literal[False] | None]) -> T:
    """Return the first true answer of `read`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := read()):
        assert time.monotonic() < deadline, f"still {answer!r}"
        time.sleep(0.02)
    return answer


def bundle(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, textwrap.dedent(text))
    return buffer.getvalue()


def function(emulator: Emulator, source: str, *, allow: str = "", **files: str) -> tuple[str, str]:
    """Make a function with the handler `index.handler`; return its name and ARN."""
    name, client = unique("function"), emulator.client("lambda")
    code = bundle({"index.py": source, **{f"{key}.py": text for key, text in files.items()}})
    made = client.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="index.handler",
        Role=ROLE,
        Timeout=10,
        Code={"ZipFile": code},
    )
    if allow:
        client.add_permission(
            FunctionName=name,
            StatementId="any",
            Action="lambda:InvokeFunction",
            Principal=allow,
        )
    return name, made["FunctionArn"]


def seen(emulator: Emulator, name: str) -> list[Any]:
    """Return what a function printed as `SEEN <JSON>`, oldest first."""
    group = f"/aws/lambda/{name}"
    with contextlib.suppress(emulator.client("logs").exceptions.ResourceNotFoundException):
        events = emulator.client("logs").filter_log_events(logGroupName=group, limit=10_000)
        messages = [event["message"] for event in events["events"]]
        return [json.loads(text[5:]) for text in messages if text.startswith("SEEN ")]
    return []


def queue(emulator: Emulator) -> tuple[str, str]:
    """Make a queue; return its URL and ARN."""
    name = unique("queue")
    url = emulator.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def received(emulator: Emulator, url: str) -> list[Any]:
    answer = emulator.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return list(answer.get("Messages", []))


def log_group(emulator: Emulator) -> str:
    name = unique("/aws/eks/demo")
    emulator.client("logs").create_log_group(logGroupName=name)
    emulator.client("logs").create_log_stream(logGroupName=name, logStreamName="stream")
    return name


def put_line(emulator: Emulator, group: str, message: str) -> None:
    event = {"timestamp": int(time.time() * 1000), "message": message}
    emulator.client("logs").put_log_events(
        logGroupName=group,
        logStreamName="stream",
        logEvents=[event],  # type: ignore[list-item]
    )


def subscribe(
    emulator: Emulator, group: str, arn: str, name: str = "filter", pattern: str = ""
) -> None:
    emulator.client("logs").put_subscription_filter(
        logGroupName=group, filterName=name, filterPattern=pattern, destinationArn=arn
    )


def deploy(emulator: Emulator, resources: dict[str, Any], outputs: dict[str, Any]) -> str:
    """Create a stack and wait for it; return its name."""
    name, client = unique("stack"), emulator.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=template(resources, outputs))
    wait_for(emulator, "stack_create_complete", name)
    return name


def update(emulator: Emulator, name: str, resources: dict[str, Any]) -> None:
    client = emulator.client("cloudformation")
    client.update_stack(StackName=name, TemplateBody=template(resources, {}))
    wait_for(emulator, "stack_update_complete", name)


def template(resources: dict[str, Any], outputs: dict[str, Any]) -> str:
    rendered = {key: {"Value": value} for key, value in outputs.items()}
    return json.dumps({"Resources": resources, "Outputs": rendered})


def wait_for(emulator: Emulator, state: StackState, stack: str) -> None:
    waiter = emulator.client("cloudformation").get_waiter(state)
    waiter.wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 15})


def status_of(emulator: Emulator, stack: str) -> str:
    return emulator.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0][
        "StackStatus"
    ]


def outputs_of(emulator: Emulator, stack: str) -> dict[str, str]:
    found = emulator.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}


def metric_sum(emulator: Emulator, name: str, dimensions: dict[str, str], at: datetime) -> float:
    points = emulator.client("cloudwatch").get_metric_statistics(
        Namespace="netpolwatch",
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=at - timedelta(minutes=5),
        EndTime=at + timedelta(minutes=5),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points)


# --- Lambda processes ----------------------------------------------------------------------------


def test_given_a_module_in_the_zip_when_the_sdk_has_it_too_then_the_zip_wins(
    emulator: Emulator,
) -> None:
    source = """
        import jmespath, boto3
        def handler(event, context):
            return [jmespath.ORIGIN, bool(boto3.__version__)]
    """
    name, _arn = function(emulator, source, jmespath="ORIGIN = 'zip'; search = compile = None")

    answer = emulator.client("lambda").invoke(FunctionName=name)

    assert json.load(answer["Payload"]) == ["zip", True]


def test_given_a_package_that_the_bundle_lacks_when_imported_then_it_is_missing_as_in_aws(
    emulator: Emulator,
) -> None:
    name, _arn = function(emulator, "import msgspec\ndef handler(event, context): return 1")

    answer = emulator.client("lambda").invoke(FunctionName=name)

    assert "No module named 'msgspec'" in json.load(answer["Payload"])["errorMessage"]


def test_given_an_exception_when_invoked_then_it_is_named_and_the_process_lives_on(
    emulator: Emulator,
) -> None:
    source = """
        import os
        def handler(event, context):
            print("last line", end="")
            if event.get("fail"):
                raise KeyError("gone")
            return os.getpid()
    """
    name, _arn = function(emulator, source)
    client = emulator.client("lambda")

    first = json.load(client.invoke(FunctionName=name, Payload=b"{}")["Payload"])
    failed = client.invoke(FunctionName=name, Payload=b'{"fail": true}', LogType="Tail")
    second = json.load(client.invoke(FunctionName=name, Payload=b"{}")["Payload"])

    assert failed["FunctionError"] == "Unhandled"
    error = json.load(failed["Payload"])
    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'gone'")
    assert first == second


# --- metrics and alarms --------------------------------------------------------------------------


def test_given_embedded_metrics_when_a_function_prints_them_then_cloudwatch_has_them(
    emulator: Emulator,
) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    cluster = unique("cluster")
    document = {
        "_aws": {
            "Timestamp": int(at.timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": "netpolwatch",
                    "Dimensions": [["Cluster"], ["Cluster", "Verdict"]],
                    "Metrics": [{"Name": "Flows", "Unit": "Count"}, {"Name": "Lag"}],
                }
            ],
        },
        "Cluster": cluster,
        "Verdict": "DENY",
        "Flows": [2, 3],
        "Lag": 7.5,
        "Node": "a property, not a dimension",
    }
    name, _arn = function(emulator, f"def handler(event, context): print({json.dumps(document)!r})")

    emulator.client("lambda").invoke(FunctionName=name)

    both = {"Cluster": cluster, "Verdict": "DENY"}
    assert metric_sum(emulator, "Flows", {"Cluster": cluster}, at) == 5
    assert metric_sum(emulator, "Flows", both, at) == 5
    assert metric_sum(emulator, "Lag", both, at) == 7.5
    assert metric_sum(emulator, "Lag", both, at + timedelta(minutes=30)) == 0
    listed = emulator.client("cloudwatch").list_metrics(
        Namespace="netpolwatch", Dimensions=[{"Name": "Cluster", "Value": cluster}]
    )["Metrics"]
    assert sorted((each["MetricName"], len(each["Dimensions"])) for each in listed) == [
        ("Flows", 1),
        ("Flows", 2),
        ("Lag", 1),
        ("Lag", 2),
    ]
    data = emulator.client("cloudwatch").get_metric_data(
        StartTime=at - timedelta(minutes=5),
        EndTime=at + timedelta(minutes=5),
        MetricDataQueries=[
            {
                "Id": "flows",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "netpolwatch",
                        "MetricName": "Flows",
                        "Dimensions": [{"Name": "Cluster", "Value": cluster}],
                    },
                    "Period": 60,
                    "Stat": "Maximum",
                },
            }
        ],
    )
    assert data["MetricDataResults"][0]["Values"] == [3.0]


def test_given_alarms_on_errors_when_one_function_fails_then_only_its_own_alarm_goes_off(
    emulator: Emulator,
) -> None:
    failing, _arn = function(emulator, "def handler(event, context): raise ValueError")
    healthy, _arn = function(emulator, "def handler(event, context): return 1")
    for name in (failing, healthy):
        emulator.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=[{"Name": "FunctionName", "Value": name}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )

    for name in (healthy, failing):
        emulator.client("lambda").invoke(FunctionName=name)

    alarms = emulator.client("cloudwatch").describe_alarms(AlarmNames=[failing, healthy])
    states = {each["AlarmName"]: each["StateValue"] for each in alarms["MetricAlarms"]}
    assert states == {failing: "ALARM", healthy: "OK"}


# --- log subscriptions ---------------------------------------------------------------------------

RECORDER = """
    import base64, gzip, json
    def handler(event, context):
        print("SEEN " + gzip.decompress(base64.b64decode(event["awslogs"]["data"])).decode())
"""
FAILING_RECORDER = """
    import json
    def handler(event, context):
        print("SEEN " + json.dumps(event))
        raise ValueError("boom")
"""


def test_given_an_empty_pattern_when_lines_arrive_then_each_is_delivered(
    emulator: Emulator,
) -> None:
    name, arn = function(emulator, RECORDER, allow="logs.amazonaws.com")
    group = log_group(emulator)
    subscribe(emulator, group, arn)

    put_line(emulator, group, "any line")

    (envelope,) = eventually(lambda: seen(emulator, name))
    assert envelope["messageType"] == "DATA_MESSAGE"
    assert (envelope["logGroup"], envelope["logStream"]) == (group, "stream")
    assert [event["message"] for event in envelope["logEvents"]] == ["any line"]
    assert len(envelope["logEvents"][0]["id"]) == 56


def test_given_two_patterns_when_lines_arrive_then_each_comes_once_by_its_own_filter(
    emulator: Emulator,
) -> None:
    split = Config(clusters=(ClusterConfig(name="demo"),), subscription_patterns="split").patterns()
    name, arn = function(emulator, RECORDER, allow="logs.amazonaws.com")
    group = log_group(emulator)
    for filter_name, pattern in zip(("text", "audit"), split, strict=True):
        subscribe(emulator, group, arn, filter_name, pattern)
    audited = '{"apiVersion":"audit.k8s.io/v1","verb":"%s","objectRef":{"resource":"pods"}}'

    put_line(emulator, group, audited % "get")
    put_line(emulator, group, 'time="x" msg="access granted"')
    put_line(emulator, group, audited % "create")
    put_line(emulator, group, "any line")

    envelopes = eventually(lambda: len(found := seen(emulator, name)) >= 2 and found)
    assert sorted(
        (by, event["message"])
        for envelope in envelopes
        for by in envelope["subscriptionFilters"]
        for event in envelope["logEvents"]
    ) == [("audit", audited % "create"), ("text", "any line")]


def test_given_a_pattern_of_bad_syntax_when_put_then_it_is_refused(emulator: Emulator) -> None:
    _name, arn = function(emulator, RECORDER, allow="logs.amazonaws.com")
    with pytest.raises(ClientError, match="IS NOT is no condition"):
        subscribe(emulator, log_group(emulator), arn, pattern="{ $.a IS NOT NULL }")


def test_given_a_failing_function_when_a_line_arrives_then_it_is_retried_and_recorded(
    emulator: Emulator,
) -> None:
    name, arn = function(emulator, FAILING_RECORDER, allow=f"logs.{REGION}.amazonaws.com")
    url, queue_arn = queue(emulator)
    emulator.client("lambda").put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": queue_arn}},
    )
    group = log_group(emulator)
    subscribe(emulator, group, arn)

    put_line(emulator, group, "any line")

    (message,) = eventually(lambda: received(emulator, url))
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["responsePayload"]["errorType"] == "ValueError"
    assert [record["requestPayload"]] * 2 == seen(emulator, name)


def test_given_a_dead_letter_queue_when_all_attempts_fail_then_it_gets_the_bare_event(
    emulator: Emulator,
) -> None:
    name, arn = function(emulator, FAILING_RECORDER, allow="logs.amazonaws.com")
    url, queue_arn = queue(emulator)
    emulator.client("lambda").update_function_configuration(
        FunctionName=name, DeadLetterConfig={"TargetArn": queue_arn}
    )
    group = log_group(emulator)
    subscribe(emulator, group, arn)

    put_line(emulator, group, "any line")

    (message,) = eventually(lambda: received(emulator, url))
    assert [json.loads(message["Body"])] * 3 == seen(emulator, name)
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "boom"


def test_given_two_filters_when_a_third_is_put_then_the_quota_refuses_it(
    emulator: Emulator,
) -> None:
    _name, arn = function(emulator, FAILING_RECORDER, allow="logs.amazonaws.com")
    group = log_group(emulator)
    for name in ("first", "second", "first"):
        subscribe(emulator, group, arn, name)

    with pytest.raises(emulator.client("logs").exceptions.LimitExceededException):
        subscribe(emulator, group, arn, "third")


def test_given_no_log_group_when_a_filter_is_put_then_it_is_not_found(emulator: Emulator) -> None:
    _name, arn = function(emulator, FAILING_RECORDER, allow="logs.amazonaws.com")

    with pytest.raises(emulator.client("logs").exceptions.ResourceNotFoundException):
        subscribe(emulator, "/absent", arn)


def test_given_no_permission_when_a_filter_is_put_then_it_is_refused(emulator: Emulator) -> None:
    _name, arn = function(emulator, FAILING_RECORDER)

    with pytest.raises(ClientError, match="permission to execute"):
        subscribe(emulator, log_group(emulator), arn)


def test_given_a_permission_for_other_groups_when_a_filter_is_put_then_it_is_refused(
    emulator: Emulator,
) -> None:
    name, arn = function(emulator, FAILING_RECORDER)
    group = log_group(emulator)
    for number, allowed in enumerate(("/other/*", group)):
        emulator.client("lambda").add_permission(
            FunctionName=name,
            StatementId=f"group-{number}",
            Action="lambda:InvokeFunction",
            Principal="logs.amazonaws.com",
            SourceArn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{allowed}:*",
        )
        if number == 0:
            with pytest.raises(ClientError, match="permission to execute"):
                subscribe(emulator, group, arn)

    subscribe(emulator, group, arn)


# --- schedules -----------------------------------------------------------------------------------


def test_given_a_schedule_when_it_is_due_then_its_input_holds_its_time_and_failures_are_retried(
    emulator: Emulator,
) -> None:
    name, arn = function(emulator, FAILING_RECORDER)
    emulator.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="at(2020-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": arn,
            "RoleArn": ROLE,
            "Input": '{"now": "<aws.scheduler.scheduled-time>"}',
        },
    )

    events = eventually(lambda: len(found := seen(emulator, name)) == 3 and found)

    assert events == events[:1] * 3
    assert datetime.fromisoformat(events[0]["now"]) > datetime.now(UTC) - timedelta(minutes=1)


# --- DynamoDB streams ----------------------------------------------------------------------------

STREAM_RECORDER = """
    import json
    CALLS = []
    def handler(event, context):
        CALLS.append(event)
        numbers = [int(r["dynamodb"]["Keys"]["id"]["N"]) for r in event["Records"]]
        print("SEEN " + json.dumps(numbers))
        {body}
        return {{"batchItemFailures": [
            {{"itemIdentifier": r["dynamodb"]["SequenceNumber"]}}
            for r, number in zip(event["Records"], numbers) if number in ({bad})
        ]}}
"""


def stream_function(
    emulator: Emulator,
    *first: int,
    bad: str = "()",
    body: str = "",
    **mapping: Any,  # noqa: ANN401 - as boto3 takes them
) -> tuple[str, Callable[..., None]]:
    """Map a new table's stream to a new function; return its name and a way to put items.

    What is `first` in the table comes as one batch: the mapping is made after it.
    """
    table, client = unique("table"), emulator.client("dynamodb")
    made = client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    name, _arn = function(emulator, STREAM_RECORDER.format(bad=bad, body=body))

    def put(*numbers: int) -> None:
        items: list[dict[str, Any]] = [
            {"id": {"N": str(number)}, "send": {"BOOL": number != 0}} for number in numbers
        ]
        client.transact_write_items(
            TransactItems=[{"Put": {"TableName": table, "Item": item}} for item in items]
        )

    if first:
        put(*first)
    emulator.client("lambda").create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=made["TableDescription"]["LatestStreamArn"],
        StartingPosition="TRIM_HORIZON",
        **mapping,
    )
    return name, put


def test_given_a_partial_failure_when_retries_end_then_the_rest_is_recorded_and_the_shard_goes_on(
    emulator: Emulator,
) -> None:
    url, queue_arn = queue(emulator)
    name, put = stream_function(
        emulator,
        *(1, 2, 3, 4),
        bad="(3,)",
        FunctionResponseTypes=["ReportBatchItemFailures"],
        MaximumRetryAttempts=2,
        DestinationConfig={"OnFailure": {"Destination": queue_arn}},
    )

    (message,) = eventually(lambda: received(emulator, url))
    put(5)
    batches = eventually(lambda: [5] in (found := seen(emulator, name)) and found)

    assert batches == [[1, 2, 3, 4], [3, 4], [3, 4], [5]]
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["DDBStreamBatchInfo"]["batchSize"] == 2
    first = record["DDBStreamBatchInfo"]["startSequenceNumber"]
    assert int(first) < int(record["DDBStreamBatchInfo"]["endSequenceNumber"])


def test_given_a_failure_that_passes_when_retried_then_only_the_remaining_records_come_again(
    emulator: Emulator,
) -> None:
    name, _put = stream_function(
        emulator,
        *(1, 2, 3),
        bad="(2,) if len(CALLS) == 1 else ()",
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )

    batches = eventually(lambda: len(found := seen(emulator, name)) == 2 and found)
    assert batches == [[1, 2, 3], [2, 3]]


def test_given_bisect_when_a_record_raises_then_it_ends_up_alone(emulator: Emulator) -> None:
    url, queue_arn = queue(emulator)
    name, _put = stream_function(
        emulator,
        *(1, 2, 3, 4),
        body="assert 2 not in numbers",
        MaximumRetryAttempts=0,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": queue_arn}},
    )

    batches = eventually(lambda: [3, 4] in (found := seen(emulator, name)) and found)
    assert batches == [[1, 2, 3, 4], [1, 2], [1], [2, 3, 4], [2], [3, 4]]
    (message,) = received(emulator, url)
    assert json.loads(message["Body"])["responseContext"]["functionError"] == "Unhandled"


def test_given_filter_criteria_when_items_are_written_then_only_matching_ones_arrive(
    emulator: Emulator,
) -> None:
    pattern = json.dumps({"dynamodb": {"NewImage": {"send": {"BOOL": [True]}}}})
    name, put = stream_function(emulator, FilterCriteria={"Filters": [{"Pattern": pattern}]})

    put(0)
    put(1)

    assert eventually(lambda: seen(emulator, name)) == [[1]]


# --- CloudFormation ------------------------------------------------------------------------------


def inline_function(
    source: str,
    **properties: Any,  # noqa: ANN401 - as a template takes them
) -> dict[str, Any]:
    properties = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": ROLE,
        "Code": {"ZipFile": textwrap.dedent(source)},
        **properties,
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def test_given_a_template_when_deployed_then_table_and_function_have_all_their_properties(
    emulator: Emulator,
) -> None:
    resources: dict[str, Any] = {
        "Letters": {"Type": "AWS::SQS::Queue"},
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
                "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
            },
        },
        "Function": inline_function(
            "def handler(event, context): raise ValueError",
            DeadLetterConfig={"TargetArn": {"Fn::GetAtt": ["Letters", "Arn"]}},
            ReservedConcurrentExecutions=7,
        ),
        "Invoke": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "Qualifier": "$LATEST",
                "MaximumRetryAttempts": 0,
            },
        },
    }
    stack = deploy(
        emulator,
        resources,
        {key: {"Ref": key} for key in ("Table", "Function", "Letters")},
    )
    names = outputs_of(emulator, stack)
    dynamodb, client = emulator.client("dynamodb"), emulator.client("lambda")

    ttl = dynamodb.describe_time_to_live(TableName=names["Table"])["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    backups = dynamodb.describe_continuous_backups(TableName=names["Table"])
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    table = dynamodb.describe_table(TableName=names["Table"])["Table"]
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert table["SSEDescription"]["Status"] == "ENABLED"
    reserved = client.get_function_concurrency(FunctionName=names["Function"])
    assert reserved["ReservedConcurrentExecutions"] == 7
    client.invoke(FunctionName=names["Function"], InvocationType="Event", Payload=b'{"x": 1}')
    (letter,) = eventually(lambda: received(emulator, names["Letters"]))
    assert json.loads(letter["Body"]) == {"x": 1}

    del resources["Table"]["Properties"]["TimeToLiveSpecification"]
    update(emulator, stack, resources)
    ttl = dynamodb.describe_time_to_live(TableName=names["Table"])["TimeToLiveDescription"]
    assert ttl["TimeToLiveStatus"] == "DISABLED"


def test_given_types_that_the_emulator_lacks_when_deployed_then_they_are_recorded(
    emulator: Emulator,
) -> None:
    resources: dict[str, Any] = {
        "Query": {"Type": "AWS::Logs::QueryDefinition", "Properties": {"Name": "q"}},
        "Composite": {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "Properties": {"AlarmRule": "TRUE", "AlarmDescription": {"Ref": "Query"}},
        },
        "Ratio": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "ComparisonOperator": "GreaterThanThreshold",
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "Metrics": [{"Id": "ratio", "Expression": "1"}],
            },
        },
    }
    stack = deploy(
        emulator,
        resources,
        {
            "Composite": {"Fn::GetAtt": ["Composite", "Arn"]},
            "Query": {"Fn::GetAtt": ["Query", "QueryDefinitionId"]},
            "Ratio": {"Fn::GetAtt": ["Ratio", "Arn"]},
        },
    )

    assert outputs_of(emulator, stack)["Composite"].startswith("arn:aws:cloudwatch:")
    assert {
        ("AWS::Logs::QueryDefinition", "Query"),
        ("AWS::CloudWatch::CompositeAlarm", "Composite"),
        ("AWS::CloudWatch::Alarm", "Ratio"),
    } <= set(emulator.recorded_noops())
    emulator.client("cloudformation").delete_stack(StackName=stack)
    wait_for(emulator, "stack_delete_complete", stack)


def test_given_an_absent_log_group_when_a_filter_is_deployed_then_the_stack_fails(
    emulator: Emulator,
) -> None:
    resources = {
        "Filter": {
            "Type": "AWS::Logs::SubscriptionFilter",
            "Properties": {
                "LogGroupName": "/absent",
                "FilterPattern": "",
                "DestinationArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:any",
            },
        }
    }

    with pytest.raises(WaiterError):
        deploy(emulator, resources, {})


CUSTOM_HANDLER = """
    import json, urllib.request
    def handler(event, context):
        print("SEEN " + json.dumps([event["RequestType"], event.get("PhysicalResourceId")]))
        properties = event["ResourceProperties"]
        if properties.get("Raise"):
            raise ValueError("no answer")
        answer = {
            "Status": properties.get("Status", "SUCCESS"),
            "Reason": "as told",
            "PhysicalResourceId": "id-" + properties["Version"],
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "Data": {"Answer": "42"},
        }
        request = urllib.request.Request(
            event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT"
        )
        urllib.request.urlopen(request).close()
"""


def custom_resource(arn: str, **properties: str) -> dict[str, Any]:
    properties = {"ServiceToken": arn, "Version": "1", **properties}
    return {"Custom": {"Type": "Custom::Thing", "Properties": properties}}


def test_given_a_custom_resource_when_its_life_goes_by_then_its_function_is_asked_each_time(
    emulator: Emulator,
) -> None:
    name, arn = function(emulator, CUSTOM_HANDLER)

    stack = deploy(
        emulator,
        custom_resource(arn),
        {"Answer": {"Fn::GetAtt": ["Custom", "Answer"]}, "Id": {"Ref": "Custom"}},
    )
    outputs = outputs_of(emulator, stack)
    update(emulator, stack, custom_resource(arn, Version="2"))
    emulator.client("cloudformation").delete_stack(StackName=stack)
    wait_for(emulator, "stack_delete_complete", stack)

    assert outputs == {"Answer": "42", "Id": "id-1"}
    assert seen(emulator, name) == [
        ["Create", None],
        ["Update", "id-1"],
        ["Delete", "id-1"],
        ["Delete", "id-2"],
    ]


@pytest.mark.parametrize(
    ("properties", "reason"),
    [({"Status": "FAILED"}, "as told"), ({"Raise": "yes"}, "ValueError: no answer")],
)
def test_given_a_custom_resource_that_fails_when_deployed_then_the_stack_rolls_back_with_reason(
    emulator: Emulator, properties: dict[str, str], reason: str
) -> None:
    name, arn = function(emulator, CUSTOM_HANDLER)
    client, stack = emulator.client("cloudformation"), unique("stack")

    client.create_stack(
        StackName=stack, TemplateBody=template(custom_resource(arn, **properties), {})
    )

    eventually(lambda: status_of(emulator, stack) == "ROLLBACK_COMPLETE")
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    assert any(reason in event.get("ResourceStatusReason", "") for event in events)
    assert [request for request, _id in seen(emulator, name)] == ["Create", "Delete"]


# --- the process ---------------------------------------------------------------------------------


def group_is_empty(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_given_two_emulators_when_both_run_then_each_has_its_own_state_and_leaves_nothing(
    emulator: Emulator, tmp_path: Path
) -> None:
    group = log_group(emulator)

    with Emulator.started(tmp_path) as other:
        state = State(tmp_path / "emulator")
        record = process.running(state)
        name, _arn = function(other, "def handler(event, context): return 1")
        other.client("lambda").invoke(FunctionName=name)
        groups = other.client("logs").describe_log_groups()["logGroups"]

    assert record is not None
    assert group not in [each["logGroupName"] for each in groups]
    assert group_is_empty(record["pid"])
    assert not state.temporary.exists()
    assert not state.server.exists()


def test_given_a_taken_port_when_started_then_the_error_tells_what_the_server_said(
    emulator: Emulator, tmp_path: Path
) -> None:
    port = int(emulator.endpoint_url.rsplit(":", 1)[-1])

    with pytest.raises(process.EmulatorError, match=r"cannot listen on 127\.0\.0\.1"):
        process.start(State(tmp_path), port, with_parent=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_given_a_parent_that_is_ended_when_it_is_gone_then_so_is_the_server(
    tmp_path: Path, number: signal.Signals
) -> None:
    source = (
        "import signal, time; from pathlib import Path; from local.emulator import Emulator\n"
        # A shell's background job inherits that SIGINT is ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"with Emulator.started(Path({str(tmp_path)!r})): time.sleep(60)"
    )
    parent = subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-c", source], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    state = State(tmp_path / "emulator")
    record = eventually(lambda: process.running(state))

    parent.send_signal(number)
    parent.wait()

    eventually(lambda: group_is_empty(record["pid"]))
    assert not state.temporary.exists()


def test_given_the_environment_when_handed_to_a_child_then_it_keeps_everything_inside(
    emulator: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> None:
    environment = emulator.environment()
    assert environment["AWS_ENDPOINT_URL"] == emulator.endpoint_url
    assert {environment["AWS_REGION"], environment["AWS_DEFAULT_REGION"]} == {REGION}
    assert "AWS_PROFILE" not in environment
    for name in ("HOME", "CDK_HOME", "XDG_CACHE_HOME", "TMPDIR"):
        assert environment[name].startswith(str(tmp_path_factory.getbasetemp()))
