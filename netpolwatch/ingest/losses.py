"""What a file's envelopes lost: told beside what they held."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from netpolwatch.ingest.events import LogBatch

_MAX_NOTES: Final = 50


@dataclass(slots=True)
class Losses:
    """Elements of envelopes that were no events, events lost to a bound, and why, in words."""

    unparsed: int = 0
    dropped: int = 0
    notes: list[str] = field(default_factory=list)

    def take(self, batch: LogBatch) -> None:
        """Take in what one envelope lost."""
        self.unparsed += batch.unparsed
        self.dropped += batch.dropped
        self.note(batch.notes)

    def add(self, other: "Losses") -> None:
        """Take in what another input lost."""
        self.unparsed += other.unparsed
        self.dropped += other.dropped
        self.note(other.notes)

    def note(self, notes: Iterable[str]) -> None:
        """Take notes in, each once; the first ones stay."""
        for note in notes:
            if len(self.notes) < _MAX_NOTES and note not in self.notes:
                self.notes.append(note)
