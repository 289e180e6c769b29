"""The whole engine: lines of any text as the events of one stream."""

import base64
import gzip
import json
from collections.abc import Iterator
from functools import cache

import msgspec

from netpolwatch import Analyzer, Batch
from netpolwatch.ingest.envelope import EnvelopeError, read_envelope
from tests.fuzz import seeds as corpus
from tests.fuzz.promises import check_flow, text_of

_STREAMS = (
    ("/aws/eks/demo/cluster", "aws-network-policy-agent-audit-0"),
    ("/aws/eks/demo/cluster", "kube-apiserver-audit-0"),
    ("/aws/eks/demo/cluster", "kube-scheduler-0"),
    ("/aws/eks/demo/nodes", "ip-10-0-1-9-eksnp.var.log.aws-routed-eni.network-policy-agent.log"),
    ("/any/group", "any-stream"),
)


def check(data: bytes) -> None:
    group, stream = _STREAMS[data[0] % len(_STREAMS)] if data else _STREAMS[0]
    messages = text_of(data[1:]).split("\x1e")
    payload = _payload(group, stream, messages)
    batch = _analyzer().analyze(payload, now_ms=1_781_006_886_005)
    assert batch.error is None
    _check_batch(batch, messages)
    _check_raw(data)


def seeds() -> Iterator[bytes]:
    lines = corpus.lines()
    for number in range(len(_STREAMS)):
        for start in range(0, len(lines), 8):
            yield bytes([number]) + "\x1e".join(lines[start : start + 8]).encode()


@cache
def _analyzer() -> Analyzer:
    return Analyzer()


def _payload(group: str, stream: str, messages: list[str]) -> bytes:
    envelope = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": ["f"],
        "logEvents": [
            {"id": str(number), "timestamp": 1_781_006_886_005 + number, "message": message}
            for number, message in enumerate(messages)
        ],
    }
    return base64.b64encode(gzip.compress(json.dumps(envelope).encode(), 1, mtime=0))


def _check_batch(batch: Batch, messages: list[str]) -> None:
    assert batch.events == len(messages)
    assert not batch.dropped
    assert batch.by_verdict.total() == batch.by_protocol.total() == batch.by_minute.total()
    assert len(batch.denies) == batch.by_disposition.total() == batch.by_verdict["DENY"]
    text = "\n".join(messages)
    for flow in batch.denies:
        assert flow.judgement is not None
        check_flow(msgspec.structs.replace(flow, judgement=None, issues=(), node=None), text)
    msgspec.json.encode([batch.denies, batch.sightings, batch.signals])


def _check_raw(data: bytes) -> None:
    """Refusal is a batch with an error, never an exception, and never both."""
    try:
        read_envelope(data)
        expected = None
    except EnvelopeError as error:
        expected = str(error)
    assert _analyzer().analyze(data).error == expected
