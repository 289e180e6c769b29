"""Deterministic mutations, for where no coverage guides: flips, cuts, repeats and splices."""

from collections.abc import Callable, Iterator, Sequence
from random import Random

ODD = (
    *(b"\0", b"\n", b"\r", b'"', b"\\", b"{", b"}", b"[", b"]", b";", b": ", b",", b" ", b"\t"),
    *(b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"-1", b"65536"),
    *(b"99999999999999999999", b"1e999", b"NaN", b"null", b"****", b"::", b"%eth0", b"\xd9\xa3"),
)
"""What parsers stumble over: a Unicode digit, a lone surrogate, numbers beyond every bound."""


def mutated(seeds: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """Yield mutations of the seeds without end; the same arguments give the same ones."""
    rng = Random(seed)  # noqa: S311  # no secret
    while True:
        data = rng.choice(seeds)
        for _ in range(rng.randint(1, 4)):
            data = rng.choice(_MUTATIONS)(rng, data, rng.choice(seeds))
        yield data


def _flip(rng: Random, data: bytes, _other: bytes) -> bytes:
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _cut(rng: Random, data: bytes, _other: bytes) -> bytes:
    start, end = _span(rng, data)
    return data[:start] + data[end:]


def _repeat(rng: Random, data: bytes, _other: bytes) -> bytes:
    start, end = _span(rng, data)
    return data[:end] + data[start:end] * rng.randint(1, 3) + data[end:]


def _insert(rng: Random, data: bytes, _other: bytes) -> bytes:
    start, end = _span(rng, data)
    return data[:start] + rng.choice(ODD) + data[rng.choice((start, end)) :]


def _splice(rng: Random, data: bytes, other: bytes) -> bytes:
    return data[: _span(rng, data)[0]] + other[_span(rng, other)[0] :]


def _span(rng: Random, data: bytes) -> tuple[int, int]:
    start = rng.randint(0, len(data))
    return start, min(len(data), start + rng.randint(1, 32))


_MUTATIONS: tuple[Callable[[Random, bytes, bytes], bytes], ...] = (
    _flip,
    _cut,
    _repeat,
    _insert,
    _splice,
)
