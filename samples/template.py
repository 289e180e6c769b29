"""Messages as templates: what changes from event to event stands as `$name`.

`$ts`, `$micro`, `$second`: the time in RFC 3339 UTC with ms, µs and s. `$klog`: as klog writes it.
`$uuid`, `$hex` (16 digits), `$number` (5 digits), `$port` (a client's). `$$` is a dollar sign.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from string import Template

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLIENT_PORTS = (32_768, 60_999)
"""Where Linux takes a client's port from, both ends included."""

_Fill = Callable[[datetime, Random], str]


def filled(template: str, timestamp: int, rng: Random) -> str:
    """Write a template's message at a time (ms since 1970, UTC)."""
    moment = _EPOCH + timedelta(milliseconds=timestamp)
    return Template(template).substitute(_Values(moment, rng))


def client_port(rng: Random) -> int:
    """Draw a client's port."""
    return rng.randint(*CLIENT_PORTS)


class _Values(Mapping[str, str]):
    """Values of a template's names, made when they are asked for."""

    def __init__(self, moment: datetime, rng: Random) -> None:
        self._moment = moment
        self._rng = rng

    def __getitem__(self, name: str) -> str:
        return _FILLS[name](self._moment, self._rng)

    def __iter__(self) -> Iterator[str]:
        return iter(_FILLS)

    def __len__(self) -> int:
        return len(_FILLS)


_FILLS: dict[str, _Fill] = {
    "ts": lambda moment, _: f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z",
    "micro": lambda moment, _: f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z",
    "second": lambda moment, _: f"{moment:%Y-%m-%dT%H:%M:%S}Z",
    "klog": lambda moment, _: f"{moment:%m%d %H:%M:%S.%f}",
    "uuid": lambda _, rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "hex": lambda _, rng: f"{rng.getrandbits(64):016x}",
    "number": lambda _, rng: str(rng.randint(10_000, 99_999)),
    "port": lambda _, rng: str(client_port(rng)),
}
