from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import ANY, Stubber

from netpolwatch.aws.subscriptions import Outcome, Report, Subscriptions
from netpolwatch.subscription.spec import SubscriptionSpec

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient

ANALYZER = "arn:aws:lambda:eu-west-1:123456789012:function:watch-analyzer"
OTHER = "arn:aws:lambda:eu-west-1:123456789012:function:shipper"
GROUP = "/aws/eks/prod/cluster"
FILTER = "netpolwatch-watch"
AUDIT_FILTER = "netpolwatch-watch.audit"


def spec(
    *groups: str,
    destination: str = ANALYZER,
    pattern: str = "",
    audit_pattern: str | None = None,
) -> SubscriptionSpec:
    return SubscriptionSpec(
        filter_name=FILTER,
        destination=destination,
        own_log_prefix="/aws/lambda/watch",
        log_groups=groups,
        filter_pattern=pattern,
        audit_pattern=audit_pattern,
    )


def logs_client(endpoint_url: str | None = None) -> "CloudWatchLogsClient":
    return boto3.client(
        "logs",
        region_name="eu-west-1",
        endpoint_url=endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - opens nothing
        config=Config(retries={"total_max_attempts": 1}),
    )


class Scene:
    """CloudWatch Logs answers by a script; whatever else is called, or not called, fails."""

    def __init__(self) -> None:
        client = logs_client()
        self.stub = Stubber(client)
        self.pauses: list[float] = []
        self.remaining_ms = 300_000
        self.subscriptions = Subscriptions(client, lambda: self.remaining_ms, self.pauses.append)

    def describes(self, group: str, *filters: tuple[str, str]) -> None:
        found = [{"filterName": name, "destinationArn": arn} for name, arn in filters]
        self.stub.add_response(
            "describe_subscription_filters", {"subscriptionFilters": found}, {"logGroupName": group}
        )

    def puts(self, group: str, pattern: str = "", name: str = FILTER) -> None:
        expected = self._put(group, name, pattern)
        self.stub.add_response("put_subscription_filter", {}, expected)

    def refuses_to_put(
        self, group: str, code: str, message: str = "no", name: str = FILTER
    ) -> None:
        self.stub.add_client_error(
            "put_subscription_filter", code, message, expected_params=self._put(group, name)
        )

    def refuses_to_describe(self, group: str, code: str, message: str = "no") -> None:
        self.stub.add_client_error(
            "describe_subscription_filters", code, message, expected_params={"logGroupName": group}
        )

    def deletes(self, group: str, name: str = FILTER) -> None:
        self.stub.add_response(
            "delete_subscription_filter", {}, {"logGroupName": group, "filterName": name}
        )

    @staticmethod
    def _put(group: str, name: str, pattern: object = ANY) -> dict[str, Any]:
        return {
            "logGroupName": group,
            "filterName": name,
            "filterPattern": pattern,
            "destinationArn": ANALYZER,
        }


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    with scene.stub:
        yield scene
    scene.stub.assert_no_pending_responses()


def problem(report: Report) -> str:
    (failed,) = report.failed
    return failed.problem


# Subscribing


def test_every_group_gets_our_filter(scene: Scene) -> None:
    for group in (GROUP, "/nodes"):
        scene.describes(group)
        scene.puts(group, "-healthz")
    report = scene.subscriptions.apply(spec(GROUP, "/nodes", pattern="-healthz"))
    assert (report.subscribed, report.failed) == (2, ())
    assert report.text() == f"{GROUP}: subscribed; /nodes: subscribed"


def test_anothers_filter_stays_beside_ours(scene: Scene) -> None:
    scene.describes(GROUP, ("shipper", OTHER))
    scene.puts(GROUP)
    assert scene.subscriptions.apply(spec(GROUP)).subscribed == 1


def test_a_missing_group_does_not_stop_the_next(scene: Scene) -> None:
    scene.refuses_to_describe("/gone", "ResourceNotFoundException")
    scene.describes(GROUP)
    scene.puts(GROUP)
    report = scene.subscriptions.apply(spec("/gone", GROUP))
    assert report.subscribed == 1
    assert report.text() == (
        "/gone: the log group does not exist: switch on the cluster's control plane logs; "
        f"{GROUP}: subscribed"
    )


def test_a_full_quota_names_who_has_it(scene: Scene) -> None:
    scene.describes(GROUP, ("shipper", OTHER), ("audit", OTHER))
    scene.refuses_to_put(GROUP, "LimitExceededException")
    report = scene.subscriptions.apply(spec(GROUP))
    assert problem(report) == "its quota of filters is taken by shipper, audit: remove one"


def test_our_name_on_anothers_filter_is_left_alone(scene: Scene) -> None:
    scene.describes(GROUP, (FILTER, OTHER))
    report = scene.subscriptions.apply(spec(GROUP))
    assert problem(report) == f"another filter has the name {FILTER} and feeds {OTHER}"


@pytest.mark.parametrize("name", ["/aws/lambda/watch-analyzer", "/aws/lambda/watch-notifier"])
def test_our_own_log_groups_are_refused_unasked(scene: Scene, name: str) -> None:
    report = scene.subscriptions.apply(spec(name))
    assert problem(report) == "it is our own log group and would feed us our own output"


def test_any_other_error_is_that_groups_problem(scene: Scene) -> None:
    scene.describes(GROUP)
    scene.refuses_to_put(GROUP, "InvalidParameterException", "bad pattern")
    report = scene.subscriptions.apply(spec(GROUP))
    assert problem(report) == "InvalidParameterException: bad pattern"
    assert scene.pauses == []


# Two patterns


def test_the_audit_logs_filter_is_written_before_the_other_one_changes(scene: Scene) -> None:
    scene.describes(GROUP, (FILTER, ANALYZER))
    scene.puts(GROUP, "{ $.a = 1 }", name=AUDIT_FILTER)
    scene.puts(GROUP, "-b")
    split = spec(GROUP, pattern="-b", audit_pattern="{ $.a = 1 }")
    assert scene.subscriptions.apply(split, previous=spec(GROUP)).subscribed == 1


def test_two_filters_as_wanted_are_left_alone(scene: Scene) -> None:
    scene.describes(GROUP, (AUDIT_FILTER, ANALYZER), (FILTER, ANALYZER))
    split = spec(GROUP, pattern="", audit_pattern="")
    assert scene.subscriptions.apply(split, previous=split).subscribed == 1


def test_back_to_one_pattern_the_second_filter_goes_last(scene: Scene) -> None:
    scene.describes(GROUP, (AUDIT_FILTER, ANALYZER), (FILTER, ANALYZER))
    scene.puts(GROUP, "folded")
    scene.deletes(GROUP, AUDIT_FILTER)
    split = spec(GROUP, pattern="-b", audit_pattern="{ $.a = 1 }")
    report = scene.subscriptions.apply(spec(GROUP, pattern="folded"), previous=split)
    assert report.subscribed == 1


def test_anothers_filter_in_the_second_place_leaves_the_group_as_it_was(scene: Scene) -> None:
    scene.describes(GROUP, ("shipper", OTHER), (FILTER, ANALYZER))
    split = spec(GROUP, pattern="-b", audit_pattern="{ $.a = 1 }")
    report = scene.subscriptions.apply(split, previous=spec(GROUP))
    assert problem(report) == (
        "two patterns need both of its filters, and shipper has one: remove it, or set "
        "subscription_patterns: folded"
    )


def test_a_place_that_is_taken_meanwhile_leaves_the_first_filter_as_it_was(scene: Scene) -> None:
    scene.describes(GROUP, (FILTER, ANALYZER))
    scene.refuses_to_put(GROUP, "LimitExceededException", name=AUDIT_FILTER)
    split = spec(GROUP, pattern="-b", audit_pattern="{ $.a = 1 }")
    report = scene.subscriptions.apply(split, previous=spec(GROUP))
    assert "its quota of filters is taken" in problem(report)


@pytest.mark.parametrize("name", [FILTER, AUDIT_FILTER])
def test_either_of_our_names_on_anothers_filter_is_left_alone(scene: Scene, name: str) -> None:
    scene.describes(GROUP, (name, OTHER))
    report = scene.subscriptions.apply(spec(GROUP, audit_pattern="{ $.a = 1 }"))
    assert problem(report) == f"another filter has the name {name} and feeds {OTHER}"


def test_anothers_filter_of_the_second_name_stays_where_one_pattern_is_spec(scene: Scene) -> None:
    scene.describes(GROUP, (AUDIT_FILTER, OTHER), (FILTER, ANALYZER))
    assert scene.subscriptions.apply(spec(GROUP)).subscribed == 1


def test_delete_takes_both_of_our_filters(scene: Scene) -> None:
    scene.describes(GROUP, (FILTER, ANALYZER), (AUDIT_FILTER, ANALYZER))
    scene.deletes(GROUP)
    scene.deletes(GROUP, AUDIT_FILTER)
    scene.describes("/theirs", (FILTER, OTHER), (AUDIT_FILTER, OTHER))
    split = spec(GROUP, "/theirs", audit_pattern="{ $.a = 1 }")
    assert scene.subscriptions.remove(split).failed == ()


# What only needs time


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidParameterException", "Could not execute the lambda function. Make sure you ..."),
        ("AccessDeniedException", "not authorized to perform logs:PutSubscriptionFilter"),
        ("ThrottlingException", "Rate exceeded"),
        ("OperationAbortedException", "A conflicting operation is in progress"),
    ],
)
def test_what_may_pass_is_tried_again(scene: Scene, code: str, message: str) -> None:
    scene.describes(GROUP)
    scene.refuses_to_put(GROUP, code, message)
    scene.describes(GROUP)
    scene.puts(GROUP)
    assert scene.subscriptions.apply(spec(GROUP)).subscribed == 1
    assert scene.pauses == [5.0]


def test_patience_is_shared_by_all_groups(scene: Scene) -> None:
    for _ in range(13):
        scene.refuses_to_describe("/closed", "AccessDeniedException")
    scene.refuses_to_describe("/closed-too", "AccessDeniedException")
    report = scene.subscriptions.apply(spec("/closed", "/closed-too"))
    assert [outcome.problem for outcome in report.outcomes] == ["AccessDeniedException: no"] * 2
    assert sum(scene.pauses) == 60.0


def test_out_of_time_is_told_for_each_group_left(scene: Scene) -> None:
    scene.remaining_ms = 89_999
    report = scene.subscriptions.apply(spec(GROUP, "/nodes"))
    assert [outcome.problem for outcome in report.failed] == ["no time was left to try it"] * 2


def test_a_network_fault_is_that_groups_problem() -> None:
    client = logs_client(endpoint_url="http://127.0.0.1:1")
    report = Subscriptions(client, lambda: 300_000).apply(spec(GROUP))
    assert "Could not connect" in problem(report)


# Changing and removing


def test_a_group_that_left_the_configuration_loses_our_filter(scene: Scene) -> None:
    scene.describes("/old", ("shipper", OTHER), (FILTER, ANALYZER))
    scene.deletes("/old")
    scene.describes(GROUP, (FILTER, ANALYZER))
    report = scene.subscriptions.apply(spec(GROUP), previous=spec(GROUP, "/old"))
    assert report.text() == f"{GROUP}: subscribed; /old: no longer read"
    assert report.subscribed == 1


def test_a_changed_pattern_is_written(scene: Scene) -> None:
    scene.describes(GROUP, ("shipper", OTHER), (FILTER, ANALYZER))
    scene.puts(GROUP, "-healthz")
    changed = spec(GROUP, pattern="-healthz")
    assert scene.subscriptions.apply(changed, previous=spec(GROUP)).subscribed == 1


def test_a_filter_of_our_former_analyzer_is_ours(scene: Scene) -> None:
    scene.describes(GROUP, (FILTER, OTHER))
    scene.puts(GROUP)
    before = spec(GROUP, destination=OTHER)
    assert scene.subscriptions.apply(spec(GROUP), previous=before).subscribed == 1


def test_delete_takes_our_filter_only(scene: Scene) -> None:
    scene.describes(GROUP, ("shipper", OTHER), (FILTER, ANALYZER))
    scene.deletes(GROUP)
    scene.describes("/theirs", (FILTER, OTHER), ("else", ANALYZER))
    scene.describes("/bare")
    scene.refuses_to_describe("/gone", "ResourceNotFoundException")
    report = scene.subscriptions.remove(spec(GROUP, "/theirs", "/bare", "/gone"))
    assert report.failed == ()


def test_a_filter_that_vanishes_under_our_hands_is_well(scene: Scene) -> None:
    scene.describes(GROUP, (FILTER, ANALYZER), (AUDIT_FILTER, ANALYZER))
    scene.stub.add_client_error("delete_subscription_filter", "ResourceNotFoundException")
    scene.deletes(GROUP, AUDIT_FILTER)
    assert scene.subscriptions.remove(spec(GROUP)).failed == ()


def test_a_filter_that_cannot_be_removed_is_reported(scene: Scene) -> None:
    scene.describes(GROUP, (FILTER, ANALYZER))
    scene.stub.add_client_error("delete_subscription_filter", "ValidationException", "no")
    assert problem(scene.subscriptions.remove(spec(GROUP))) == "ValidationException: no"


# The report


def test_problems_come_first_and_the_text_is_bounded() -> None:
    outcomes = [Outcome(f"/g{n}", "subscribed") for n in range(100)]
    report = Report((*outcomes, Outcome("/bad", "subscribed", "closed")))
    assert report.text().startswith("/bad: closed; /g0: subscribed; ")
    assert len(report.text()) == 1000
    assert report.text().endswith("…")


def test_an_empty_report_says_so() -> None:
    assert Report().text() == "no log groups"
