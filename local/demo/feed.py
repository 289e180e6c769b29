"""The day's events, written to CloudWatch Logs as the cluster would."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from samples.generate import Event

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_BATCH_EVENTS = 500
_BATCH_BYTES = 900_000
_EVENT_OVERHEAD_BYTES = 26
"""What CloudWatch adds to each event's size; a call takes 1 MiB."""


def create_groups(logs: "CloudWatchLogsClient", groups: Iterable[str]) -> None:
    """Make the log groups, as a cluster has them before anybody subscribes."""
    for group in groups:
        logs.create_log_group(logGroupName=group)


def write(
    logs: "CloudWatchLogsClient", events: Iterable[Event], progress: Callable[[int], None]
) -> None:
    """Put events, ordered by the time of each batch's first one; streams are made on the way."""
    streams: set[tuple[str, str]] = set()
    for batch in sorted(_batches(events), key=lambda batch: batch[0].timestamp):
        stream = (batch[0].log_group, batch[0].log_stream)
        if stream not in streams:
            logs.create_log_stream(logGroupName=stream[0], logStreamName=stream[1])
            streams.add(stream)
        put(logs, batch)
        progress(len(batch))


def put(logs: "CloudWatchLogsClient", batch: list[Event]) -> None:
    """Put one batch of one stream."""
    logs.put_log_events(
        logGroupName=batch[0].log_group,
        logStreamName=batch[0].log_stream,
        logEvents=[{"timestamp": event.timestamp, "message": event.message} for event in batch],
    )


def _batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    by_stream: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        by_stream[event.log_group, event.log_stream].append(event)
    for stream in by_stream.values():
        yield from _split(stream)


def _split(stream: list[Event]) -> Iterator[list[Event]]:
    batch: list[Event] = []
    size = 0
    for event in stream:
        weight = len(event.message.encode()) + _EVENT_OVERHEAD_BYTES
        if batch and (len(batch) == _BATCH_EVENTS or size + weight > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += weight
    if batch:
        yield batch
