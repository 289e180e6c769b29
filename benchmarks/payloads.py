"""Events become subscription payloads, new ones in every round.

One payload read again and again teaches the branch predictor its bytes and flatters zlib twofold:
no payload, and no event id, is ever used in two rounds.
"""

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.shapes import Event, Shape
from samples.cluster import ACCOUNT, Stream

_MAX_TEXT_BYTES = 6_000_000
"""The service sends at most 1 MB compressed: big events come in several payloads."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What a subscribed function is handed.

    Attributes
    ----------
    data
        base64 text of gzip of JSON.
    text_bytes
        Bytes of the messages.
    flows, denies
        The truth about its events.
    """

    data: str
    events: int
    text_bytes: int
    flows: int
    denies: int


@dataclass(frozen=True, slots=True)
class Round:
    """The payloads that each design reads once."""

    payloads: tuple[Payload, ...]

    @property
    def events(self) -> int:
        """Log events in all payloads."""
        return sum(payload.events for payload in self.payloads)

    @property
    def text_bytes(self) -> int:
        """Bytes of all messages."""
        return sum(payload.text_bytes for payload in self.payloads)


def rounds(shape: Shape, events: int, seed: int, at_least: int = 0) -> Iterator[Round]:
    """Yield rounds of payloads of so many events each, without end; the seed decides them all.

    A round has `at_least` so many events in all: what one small payload takes is less than the
    clock's own noise.
    """
    rng = Random(f"{shape.name} {events} {seed}")  # noqa: S311  # no secret
    while True:
        repeats = max(1, at_least // events)
        made = [list(_payloads(shape, events, rng)) for _ in range(repeats)]
        yield Round(tuple(payload for payloads in made for payload in payloads))


def _payloads(shape: Shape, events: int, rng: Random) -> Iterator[Payload]:
    for stream, made in shape.make(rng, events).items():
        for part in _parts(made):
            yield _payload(stream, part, rng)


def _parts(events: list[Event]) -> Iterator[list[Event]]:
    part: list[Event] = []
    size = 0
    for event in events:
        if size > _MAX_TEXT_BYTES:
            yield part
            part, size = [], 0
        part.append(event)
        size += len(event.message)
    yield part


def _payload(stream: Stream, events: list[Event], rng: Random) -> Payload:
    envelope = {
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": stream.log_group,
        "logStream": stream.log_stream,
        "subscriptionFilters": ["netpolwatch"],
        "logEvents": [
            {
                "id": f"{event.timestamp:014d}{rng.randrange(10**42):042d}",
                "timestamp": event.timestamp,
                "message": event.message,
            }
            for event in events
        ],
    }
    text = json.dumps(envelope, separators=(",", ":"))
    return Payload(
        data=base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode(),
        events=len(events),
        text_bytes=sum(len(event.message.encode()) for event in events),
        flows=sum(event.verdict is not None for event in events),
        denies=sum(event.verdict == "DENY" for event in events),
    )
