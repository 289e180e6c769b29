"""What the distances between drops tell."""

from collections.abc import Mapping, Sequence
from typing import Final

from netpolwatch.verdicts.window.beats import BEAT_MS
from netpolwatch.verdicts.window.moments import ORDER_FROM, UNTIMED

_SAME_PACKET_MS = 50
"""Two lines this near may be one packet, told by the file and by CloudWatch."""

_SYN_MS: Final = range(900, 1300)
"""Linux repeats a SYN after 1 s."""

_DATA_MS: Final = range(_SAME_PACKET_MS, 900)
"""Data is repeated sooner: after the round trip and at least 200 ms."""

_DOUBLED: Final = (1.5, 3.0)
_PERIODS: Final = (1, 2, 3)
_CLUSTER = 2


def of_cleanups(beats: Mapping[int, int], moment: int, period_s: int) -> str | None:
    """Say that answers are dropped in clusters, a clean-up's period apart.

    `beats` counts reply-shaped drops by `BEAT_MS`. A steady flow of drops has every period.
    """
    if len(beats) < 2 or not 0 <= moment < ORDER_FROM:  # noqa: PLR2004  # it takes two clusters
        return None
    period = period_s * 1000
    if _near(beats, moment - period // 2) or _near(beats, moment + period // 2):
        return None
    shifts = [sign * times for times in _PERIODS for sign in (-1, 1)]
    found = [shift for shift in shifts if _near(beats, moment + shift * period) >= _CLUSTER]
    if not found or _near(beats, moment) < _CLUSTER:
        return None
    return f"answers are dropped in clusters {period_s} s apart, the clean-up's period"


def of_data(moments: Sequence[int]) -> str | None:
    """Say that the same tuple is repeated as data of a cut connection is."""
    gaps = _doubling(moments)
    if not gaps or gaps[0] not in _DATA_MS:
        return None
    return f"repeated after {_listed(gaps)} ms, as data of an open connection is"


def of_syn(moments: Sequence[int]) -> str | None:
    """Say that the same tuple is repeated as a connection's first packet is."""
    gaps = _doubling(moments)
    if not gaps or gaps[0] not in _SYN_MS:
        return None
    return f"repeated after {_listed(gaps)} ms, as the first packet of a connection is"


def _near(beats: Mapping[int, int], moment: int) -> int:
    beat = moment // BEAT_MS
    return beats.get(beat - 1, 0) + beats.get(beat, 0) + beats.get(beat + 1, 0)


def _doubling(moments: Sequence[int]) -> list[int]:
    """Give the first distances while each is about twice the one before; at least two."""
    gaps: list[int] = []
    last: int | None = None
    for moment in moments:
        if not UNTIMED < moment < ORDER_FROM:
            continue
        gap = 0 if last is None else moment - last
        if last is not None and gap < _SAME_PACKET_MS:
            continue
        if last is not None:
            if gaps and not _DOUBLED[0] <= gap / gaps[-1] <= _DOUBLED[1]:
                break
            gaps.append(gap)
        last = moment
    return gaps if len(gaps) > 1 else []


def _listed(gaps: Sequence[int]) -> str:
    return ", ".join(map(str, gaps[:4]))
