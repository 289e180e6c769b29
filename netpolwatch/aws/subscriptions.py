"""The subscription filters on the clusters' log groups: the only place that writes them.

CloudWatch Logs gives a log group two filters, and others may hold them. So what cannot be done on
one group is reported and the next one is taken; a filter that is not ours is never touched.
"""

import time
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.subscription.spec import SubscriptionSpec

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import SubscriptionFilterTypeDef
    from mypy_boto3_sns.client import SNSClient

# A call that hangs must not eat the time in which the deployment waits for our answer: describe,
# put and the message to the operators take 51 s at worst, which leaves time to answer.
_QUICK = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)
_ENOUGH_MS = 90_000

_FILTERS_A_GROUP = 2

_PAUSE_SECONDS = 5.0
_PATIENCE_SECONDS = 60.0
_PASSING = frozenset(
    {
        "AccessDeniedException",
        "OperationAbortedException",
        "ServiceUnavailableException",
        "ThrottlingException",
    }
)


class Outcome(msgspec.Struct, frozen=True):
    """What became of one log group.

    Attributes
    ----------
    problem
        Empty where all went well.
    changed
        Whether a filter was written or deleted: false where all was as it should be.
    """

    log_group: str
    done: str
    problem: str = ""
    changed: bool = False

    def __str__(self) -> str:
        """One line, readable in a stack's output."""
        return f"{self.log_group}: {self.problem or self.done}"


class Report(msgspec.Struct, frozen=True):
    """What became of all log groups."""

    outcomes: tuple[Outcome, ...] = ()

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The groups on which something could not be done."""
        return tuple(outcome for outcome in self.outcomes if outcome.problem)

    @property
    def restored(self) -> tuple[Outcome, ...]:
        """The groups that are read now and were not before."""
        return tuple(
            outcome for outcome in self.outcomes if outcome.changed and not outcome.problem
        )

    @property
    def subscribed(self) -> int:
        """Number of groups that are read now."""
        return sum(
            outcome.done == "subscribed" and not outcome.problem for outcome in self.outcomes
        )

    def text(self, limit: int = 1000) -> str:
        """One line about all groups, problems first, cut to `limit` characters."""
        ordered = sorted(self.outcomes, key=lambda outcome: not outcome.problem)
        line = "; ".join(map(str, ordered)) or "no log groups"
        return line if len(line) <= limit else f"{line[: limit - 1]}…"


class _RefusedError(Exception):
    """We leave a log group as it is; the text says why."""


class Subscriptions:
    """Writes and removes our filters.

    Parameters
    ----------
    logs
        Client of CloudWatch Logs.
    remaining_ms
        Milliseconds until the caller has to be done.
    sleep
        Pauses between two tries.
    """

    def __init__(
        self,
        logs: "CloudWatchLogsClient",
        remaining_ms: Callable[[], int],
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._logs = logs
        self._remaining_ms = remaining_ms
        self._sleep = sleep
        self._patience = _PATIENCE_SECONDS

    def apply(self, spec: SubscriptionSpec, previous: SubscriptionSpec | None = None) -> Report:
        """Subscribe what is specified, and drop our filters from groups that no longer are.

        Never raises for what goes wrong on a group; that is in the report.
        """
        ours = {spec.destination} | ({previous.destination} if previous else set())
        dropped = self._drop(_stale(previous, spec), previous) if previous else []
        kept = [
            self._attempt(group, "subscribed", partial(self._subscribe, group, spec, ours))
            for group in spec.log_groups
        ]
        return Report((*kept, *dropped))

    def remove(self, spec: SubscriptionSpec) -> Report:
        """Drop our filters from every group; groups and filters that are gone are well."""
        return Report(tuple(self._drop(spec.log_groups, spec)))

    def _drop(self, groups: Iterable[str], owner: SubscriptionSpec) -> list[Outcome]:
        return [
            self._attempt(group, "no longer read", partial(self._unsubscribe, group, owner))
            for group in groups
        ]

    def _attempt(self, group: str, done: str, change: Callable[[], bool]) -> Outcome:
        try:
            changed = self._patiently(change)
        except (_RefusedError, ClientError, BotoCoreError) as error:
            return Outcome(group, done, _explained(error))
        return Outcome(group, done, changed=changed)

    def _patiently(self, change: Callable[[], bool]) -> bool:
        """Repeat what only needs time, within a bound that all groups share."""
        while True:
            if self._remaining_ms() < _ENOUGH_MS:
                raise _RefusedError("no time was left to try it")
            try:
                return change()
            except ClientError as error:
                if not _may_pass(error) or self._patience < _PAUSE_SECONDS:
                    raise
            self._patience -= _PAUSE_SECONDS
            self._sleep(_PAUSE_SECONDS)

    def _subscribe(self, group: str, spec: SubscriptionSpec, ours: set[str]) -> bool:
        if group.startswith(spec.own_log_prefix):
            raise _RefusedError("it is our own log group and would feed us our own output")
        existing = self._filters(group)
        _refuse_foreign(existing, spec, ours)
        missing = {
            name: pattern
            for name, pattern in spec.patterns.items()
            if not any(_is(found, name, spec.destination, pattern) for found in existing)
        }
        for name, pattern in missing.items():
            self._put(group, name, pattern, spec.destination, existing)
        if spec.audit_pattern is None:
            self._delete(group, existing, spec.audit_name, ours)
        return bool(missing)

    def _put(
        self,
        group: str,
        name: str,
        pattern: str,
        destination: str,
        existing: "list[SubscriptionFilterTypeDef]",
    ) -> None:
        try:
            self._logs.put_subscription_filter(
                logGroupName=group,
                filterName=name,
                filterPattern=pattern,
                destinationArn=destination,
            )
        except self._logs.exceptions.LimitExceededException:
            taken = ", ".join(str(f.get("filterName")) for f in existing)
            raise _RefusedError(f"its quota of filters is taken by {taken}: remove one") from None

    def _delete(
        self,
        group: str,
        existing: "list[SubscriptionFilterTypeDef]",
        name: str,
        destinations: Container[str | None],
    ) -> None:
        for found in existing:
            if found.get("filterName") == name and found.get("destinationArn") in destinations:
                with suppress(self._logs.exceptions.ResourceNotFoundException):
                    self._logs.delete_subscription_filter(logGroupName=group, filterName=name)

    def _unsubscribe(self, group: str, owner: SubscriptionSpec) -> bool:
        try:
            existing = self._filters(group)
        except self._logs.exceptions.ResourceNotFoundException:
            return False
        for name in (owner.filter_name, owner.audit_name):
            self._delete(group, existing, name, {owner.destination})
        return bool(existing)

    def _filters(self, group: str) -> "list[SubscriptionFilterTypeDef]":
        # At most two a group, so one page.
        return self._logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]


def connect(remaining_ms: Callable[[], int]) -> Subscriptions:
    """Work on this account's and region's log groups."""
    return Subscriptions(boto3.client("logs", config=_QUICK), remaining_ms)


def tell_failures(topic_arn: str, report: Report) -> None:
    """Publish the log groups that a deployment could not subscribe; raises botocore's errors."""
    advice = (
        "The deployment went on without them. They are tried again every hour; deploy with "
        "-c attempt=2 (then 3, and so on) to try at once."
    )
    subject = f"netpolwatch: {len(report.failed)} log group(s) are not read"
    _publish(topic_arn, subject, report.failed, advice)


def tell_restored(topic_arn: str, report: Report) -> None:
    """Publish the log groups that are read again; raises botocore's errors."""
    advice = (
        "Their filters were missing or changed: a log group that is deleted and made anew loses "
        "its filters. What was logged meanwhile was not read: netpolwatch backfill reads it."
    )
    subject = f"netpolwatch: {len(report.restored)} log group(s) are subscribed again"
    _publish(topic_arn, subject, report.restored, advice)


def _publish(topic_arn: str, subject: str, outcomes: Iterable[Outcome], advice: str) -> None:
    sns: SNSClient = boto3.client("sns", config=_QUICK)
    lines = [f"- {outcome}" for outcome in outcomes]
    sns.publish(TopicArn=topic_arn, Subject=subject, Message="\n".join([*lines, "", advice]))


def _stale(previous: SubscriptionSpec, spec: SubscriptionSpec) -> tuple[str, ...]:
    """Return the groups on which the previous filter has no successor of the same name."""
    if previous.filter_name != spec.filter_name:
        return previous.log_groups
    return tuple(group for group in previous.log_groups if group not in spec.log_groups)


def _refuse_foreign(
    existing: "list[SubscriptionFilterTypeDef]", spec: SubscriptionSpec, ours: set[str]
) -> None:
    """Leave a group alone on which another's filter has a name or the place that we need."""
    foreign = [found for found in existing if found.get("destinationArn") not in ours]
    for found in foreign:
        name = found.get("filterName")
        if name in spec.patterns:
            owner = found.get("destinationArn")
            raise _RefusedError(f"another filter has the name {name} and feeds {owner}")
    if foreign and len(spec.patterns) == _FILTERS_A_GROUP:
        taken = ", ".join(str(found.get("filterName")) for found in foreign)
        raise _RefusedError(
            f"two patterns need both of its filters, and {taken} has one: remove it, or set "
            "subscription_patterns: folded"
        )


def _is(found: "SubscriptionFilterTypeDef", name: str, destination: str, pattern: str) -> bool:
    now = (found.get("filterName"), found.get("destinationArn"), found.get("filterPattern", ""))
    return now == (name, destination, pattern)


def _may_pass(error: ClientError) -> bool:
    """Tell whether time heals it: a role's new rights take a while to be known everywhere."""
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code == "InvalidParameterException":
        return "Could not execute the lambda function" in message
    return code in _PASSING


def _explained(error: Exception) -> str:
    if not isinstance(error, ClientError):
        return str(error)
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code == "ResourceNotFoundException":
        return "the log group does not exist: switch on the cluster's control plane logs"
    return f"{code}: {message}"
