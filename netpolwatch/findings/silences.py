"""Silences: who does not want to hear of what, and until when."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from netpolwatch.findings.model import Finding
from netpolwatch.ingest.timestamps import rfc3339

MAX_SILENCES: Final = 200
MAX_TEXT_CHARS: Final = 200


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """Findings that are not told for a time; they are recorded and counted as ever.

    Attributes
    ----------
    issue, cluster
        Globs (`npa-*`); `*` for any.
    subject
        Key of a subject to a glob on its value; all must match.
    begins, ends
        ms since 1970 (UTC).
    """

    id: str
    issue: str = "*"
    cluster: str = "*"
    subject: dict[str, str] = {}
    author: str = ""
    reason: str = ""
    begins: int = 0
    ends: int = 0

    def covers(self, finding: Finding, now_ms: int) -> bool:
        """Tell whether a finding is silenced at a time."""
        return (
            self.begins <= now_ms < self.ends
            and fnmatchcase(finding.issue, self.issue)
            and fnmatchcase(finding.cluster or "", self.cluster)
            and all(
                fnmatchcase(_text(finding.subject.get(key)), glob)
                for key, glob in self.subject.items()
            )
        )

    def text(self) -> str:
        """Say in one line what is silenced, by whom, why and until when."""
        subject = "".join(f" {key}={glob}" for key, glob in sorted(self.subject.items()))
        what = f"{self.issue} in {self.cluster}{subject}"
        return f"{self.id}: {what}, until {rfc3339(self.ends)} by {self.author}: {self.reason}"


def silenced_until(silences: Iterable[Silence], finding: Finding, now_ms: int) -> int | None:
    """Tell when the last of the silences ends that cover a finding; `None` where none does."""
    ends = [silence.ends for silence in silences if silence.covers(finding, now_ms)]
    return max(ends, default=None)


def in_force(silences: Iterable[Silence], now_ms: int) -> tuple[Silence, ...]:
    """Give the silences that have not ended, the next to end first."""
    left = [silence for silence in silences if now_ms < silence.ends]
    return tuple(sorted(left, key=lambda silence: (silence.ends, silence.id)))


def _text(value: object) -> str:
    return "" if value is None else str(value)
