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

# SNS takes 100 characters, and the addresses of log groups are not needed to see what it is about.
_SUBJECT = "netpolwatch: {failed} log group(s) are not read"


class Wanted(msgspec.Struct, frozen=True, rename="pascal"):
    """Properties of the custom resource: which log groups are to be read, and by whom.

    Attributes
    ----------
    filter_name
        Name of our filter on each group.
    audit_pattern
        Of a second filter, `audit_name`, for the audit log; none where one filter does.
    destination
        ARN of the function that reads.
    own_log_prefix
        Log groups that start so are our own and are refused.
    """

    filter_name: str
    destination: str
    own_log_prefix: str
    log_groups: tuple[str, ...]
    filter_pattern: str = ""
    audit_pattern: str | None = None

    @property
    def audit_name(self) -> str:
        """Name of the second filter: a stack's name holds no dot, so it is no other stack's."""
        return f"{self.filter_name}.audit"

    @property
    def patterns(self) -> dict[str, str]:
        """Pattern by filter name, in the order of writing.

        The second filter comes first: until the first one's pattern changes, nothing is missed.
        """
        both = {self.audit_name: self.audit_pattern, self.filter_name: self.filter_pattern}
        return {name: pattern for name, pattern in both.items() if pattern is not None}


class Outcome(msgspec.Struct, frozen=True):
    """What became of one log group; `problem` is empty where all went well."""

    log_group: str
    done: str
    problem: str = ""

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

    def apply(self, wanted: Wanted, previous: Wanted | None = None) -> Report:
        """Subscribe what is wanted, and drop our filters from groups that no longer are.

        Never raises for what goes wrong on a group; that is in the report.
        """
        ours = {wanted.destination} | ({previous.destination} if previous else set())
        dropped = self._drop(_stale(previous, wanted), previous) if previous else []
        kept = [
            self._attempt(group, "subscribed", partial(self._subscribe, group, wanted, ours))
            for group in wanted.log_groups
        ]
        return Report((*kept, *dropped))

    def remove(self, wanted: Wanted) -> Report:
        """Drop our filters from every group; groups and filters that are gone are well."""
        return Report(tuple(self._drop(wanted.log_groups, wanted)))

    def _drop(self, groups: Iterable[str], owner: Wanted) -> list[Outcome]:
        return [
            self._attempt(group, "no longer read", partial(self._unsubscribe, group, owner))
            for group in groups
        ]

    def _attempt(self, group: str, done: str, change: Callable[[], None]) -> Outcome:
        try:
            self._patiently(change)
        except (_RefusedError, ClientError, BotoCoreError) as error:
            return Outcome(group, done, _explained(error))
        return Outcome(group, done)

    def _patiently(self, change: Callable[[], None]) -> None:
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

    def _subscribe(self, group: str, wanted: Wanted, ours: set[str]) -> None:
        if group.startswith(wanted.own_log_prefix):
            raise _RefusedError("it is our own log group and would feed us our own output")
        existing = self._filters(group)
        _refuse_foreign(existing, wanted, ours)
        for name, pattern in wanted.patterns.items():
            if not any(_is(found, name, wanted.destination, pattern) for found in existing):
                self._put(group, name, pattern, wanted.destination, existing)
        if wanted.audit_pattern is None:
            self._delete(group, existing, wanted.audit_name, ours)

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

    def _unsubscribe(self, group: str, owner: Wanted) -> None:
        try:
            existing = self._filters(group)
        except self._logs.exceptions.ResourceNotFoundException:
            return
        for name in (owner.filter_name, owner.audit_name):
            self._delete(group, existing, name, {owner.destination})

    def _filters(self, group: str) -> "list[SubscriptionFilterTypeDef]":
        # At most two a group, so one page.
        return self._logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]


def connect(remaining_ms: Callable[[], int]) -> Subscriptions:
    """Work on this account's and region's log groups."""
    return Subscriptions(boto3.client("logs", config=_QUICK), remaining_ms)


def tell_operators(topic_arn: str, report: Report) -> None:
    """Publish the log groups that are not read; raises botocore's errors."""
    sns: SNSClient = boto3.client("sns", config=_QUICK)
    lines = [f"- {outcome}" for outcome in report.failed]
    advice = "The deployment went on without them. When the cause is gone, deploy again with"
    sns.publish(
        TopicArn=topic_arn,
        Subject=_SUBJECT.format(failed=len(lines)),
        Message="\n".join([*lines, "", f"{advice} -c attempt=2 (then 3, and so on)."]),
    )


def _stale(previous: Wanted, wanted: Wanted) -> tuple[str, ...]:
    """Return the groups on which the previous filter has no successor of the same name."""
    if previous.filter_name != wanted.filter_name:
        return previous.log_groups
    return tuple(group for group in previous.log_groups if group not in wanted.log_groups)


def _refuse_foreign(
    existing: "list[SubscriptionFilterTypeDef]", wanted: Wanted, ours: set[str]
) -> None:
    """Leave a group alone on which another's filter has a name or the place that we need."""
    foreign = [found for found in existing if found.get("destinationArn") not in ours]
    for found in foreign:
        name = found.get("filterName")
        if name in wanted.patterns:
            owner = found.get("destinationArn")
            raise _RefusedError(f"another filter has the name {name} and feeds {owner}")
    if foreign and len(wanted.patterns) == _FILTERS_A_GROUP:
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
