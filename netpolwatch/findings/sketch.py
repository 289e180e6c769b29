"""How many different values were seen, about, in half a kilobyte whatever comes.

A HyperLogLog (Flajolet and others, 2007): a value's hash chooses one of `_REGISTERS` registers,
which keeps the longest run of zeros that any of its hashes begins with. Adding a value twice, or in
another order, changes nothing, and two sketches are merged without loss. The standard error is
1.04 / sqrt(512), 4.6 %; few values are counted by the registers that are still empty, nearly
exactly.
"""

import math
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

Sketch = str
"""A character a register, `0` for an empty one; an empty text for no value."""

_BITS: Final = 9
_REGISTERS: Final = 1 << _BITS
_HASH_BITS: Final = 64
_EMPTY: Final = ord("0")
_ALPHA: Final = 0.7213 / (1 + 1.079 / _REGISTERS)


def sketch_of(values: Iterable[str]) -> Sketch:
    """Return the sketch of some values."""
    registers = bytearray([_EMPTY]) * _REGISTERS
    for value in values:
        hashed = int.from_bytes(blake2b(value.encode("utf-8", "replace"), digest_size=8).digest())
        register, rest = hashed % _REGISTERS, hashed >> _BITS
        rank = _HASH_BITS - _BITS - rest.bit_length() + 1
        registers[register] = max(registers[register], _EMPTY + rank)
    return registers.decode()


def merged(one: Sketch, other: Sketch) -> Sketch:
    """Return the sketch of all values of two."""
    if not one or not other:
        return one or other
    return "".join(map(max, one, other))


def estimate(sketch: Sketch) -> int:
    """Return about how many different values a sketch has seen."""
    if not sketch:
        return 0
    ranks = [ord(register) - _EMPTY for register in sketch]
    empty = ranks.count(0)
    estimated = _ALPHA * _REGISTERS**2 / sum(2.0**-rank for rank in ranks)
    if empty and estimated <= 2.5 * _REGISTERS:
        estimated = _REGISTERS * math.log(_REGISTERS / empty)
    return round(estimated)
