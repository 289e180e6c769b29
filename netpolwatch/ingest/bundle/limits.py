"""How much of a bundle of unknown honesty is read, and what is said about the rest."""

from collections import Counter

import msgspec

_MIB = 1024 * 1024
_MAX_REMEMBERED = 10_000
_MAX_NAME_CHARS = 200
_WHOLE = ""


class BundleError(ValueError):
    """Nothing of the bundle can be read; the message is one line for a person."""


class StreamBrokenError(Exception):
    """One layer of a bundle cannot be read any further.

    Attributes
    ----------
    cause
        What is wrong, in words that follow a name: `gzip data breaks off`.
    owner
        Path of the member whose own bytes are at fault; empty for the bundle itself.
    """

    def __init__(self, cause: str, owner: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.owner = owner


class Limits(msgspec.Struct, frozen=True):
    """Bounds of one bundle; a node's honest bundle is far from each.

    Attributes
    ----------
    members
        Files looked at; what follows them is counted.
    counted
        Files counted in all; a list that goes on is left.
    member_bytes
        Inflated bytes read of one member.
    total_bytes
        Bytes inflated in all, over every sweep and every layer.
    ratio, ratio_floor
        Once a layer gave `ratio_floor` bytes, more than `ratio` bytes a compressed byte is a bomb:
        repetitive log text stays below 100, zeros reach 1,000.
    depth
        Archives within archives.
    gzip_layers
        Gzip around gzip.
    spooled_bytes
        A zip within an archive is held in memory, since its list of members comes last.
    sweeps
        Times an archive is gone through to bring rotated files into order.
    line_bytes
        Where a line is cut.
    """

    members: int = 10_000
    counted: int = 1_000_000
    member_bytes: int = 16 * 1024 * _MIB
    total_bytes: int = 64 * 1024 * _MIB
    ratio: int = 250
    ratio_floor: int = 64 * _MIB
    depth: int = 2
    gzip_layers: int = 2
    spooled_bytes: int = 32 * _MIB
    sweeps: int = 16
    line_bytes: int = 8 * _MIB


class Tally:
    """What was left out of a bundle: causes with their counts and the first name of each."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        self._remarks: list[str] = []
        self.broken: dict[str, str] = {}

    def leave(self, cause: str, name: str, count: int = 1) -> None:
        """Count members left out for a cause; the first one's name is told."""
        self._counts[cause] += count
        self._first.setdefault(cause, name[:_MAX_NAME_CHARS])

    def remark(self, text: str) -> None:
        """Note what is no member's fault; each remark once."""
        if text not in self._remarks:
            self._remarks.append(text)

    def broke(self, error: StreamBrokenError) -> None:
        """Note a layer that breaks off: once, though every sweep and member meets it."""
        if len(self.broken) < _MAX_REMEMBERED:
            self.broken.setdefault(error.owner, error.cause)

    @property
    def left_out(self) -> int:
        """Members left out so far."""
        return self._counts.total()

    def notes(self) -> tuple[str, ...]:
        """Tell all, a line each; names stand as they are and must be made printable."""
        whole = [f"the bundle {self.broken[_WHOLE]}"] if _WHOLE in self.broken else []
        parts = Counter(cause for owner, cause in self.broken.items() if owner)
        first = {cause: owner for owner, cause in reversed(self.broken.items())}
        told = [
            f"{_members(count)}: {cause}, first {first[cause][:_MAX_NAME_CHARS]}"
            for cause, count in parts.items()
        ]
        left = [
            f"{_members(count)} left out: {cause}, first {self._first[cause]}"
            for cause, count in self._counts.items()
        ]
        return (*whole, *told, *left, *self._remarks)


def _members(count: int) -> str:
    return f"{count:,} member{'' if count == 1 else 's'}"


class Budget:
    """Bytes that may still be inflated, over all layers of a bundle."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.left = limits.total_bytes

    def spend(self, size: int, inflated: int, compressed: int, owner: str) -> None:
        """Take `size` bytes; raises `StreamBrokenError` for a layer that inflates too far."""
        self.left -= size
        if self.left < 0:
            raise StreamBrokenError(f"inflates beyond {self.limits.total_bytes:,} bytes", "")
        far = inflated > self.limits.ratio_floor
        if far and inflated > self.limits.ratio * compressed:
            raise StreamBrokenError(
                f"inflates more than {self.limits.ratio}-fold, as a bomb does", owner
            )
