from functools import cache

from netpolwatch.analysis.reading import read_event
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import origin_of
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.snapshot_yaml import read_snapshot
from tests.corpus import cluster_day

_matcher = Matcher(())


@cache
def knowledge(*, snapshot: bool) -> Knowledge:
    """Know what the day's audit events teach, with its final snapshot or without."""
    known = Knowledge()
    for event in cluster_day.events("audit"):
        known.learn(read_audit_event(event["message"], event["timestamp"]))
    if snapshot:
        known.learn(read_snapshot(cluster_day.content("snapshot.yaml")).facts)
    return known


@cache
def flows() -> tuple[Flow, ...]:
    """Read the day's verdicts, each by itself."""
    read = []
    for event in cluster_day.events("flows"):
        origin = origin_of(event["logGroup"], event["logStream"])
        flow = read_event(
            LogEvent(event["message"], timestamp=event["timestamp"]), origin, _matcher
        ).flow
        assert flow is not None
        read.append(flow)
    return tuple(read)
