"""A whole run, added up over its batches."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from netpolwatch.analysis.batch import MAX_LABELS, OTHER, Batch
from netpolwatch.analysis.unread import WORDS_OF, UnreadLines
from netpolwatch.findings.model import Finding
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.reporting.printable import printable
from netpolwatch.reporting.report.course import CourseCounter
from netpolwatch.reporting.report.denied import DeniedFlows

_MAX_CONVERSATIONS = 100_000
_TOP = 20
_MAX_NOTES = 50
_MAX_NOTE_CHARS = 400
_EXAMPLE_CHARS = 120

_Conversation = tuple[str | None, str | None, int, str, str]


@dataclass(slots=True)
class Summary:
    """Totals of a run; `add` each batch, then read.

    Attributes
    ----------
    bytes
        Bytes read from the input.
    unread
        Lines that hold the words of a verdict or a known fault, of which nothing was read.
    members, unknown_members
        Of bundles: logs read, and other files by kind.
    notes
        What was left out of the input, in words; names in it are made printable when shown.
    denied, course
        Denied packets by conversation, and counts by time.
    interrupted
        How far the run came, in words, if it was ended before the input's end.
    first, last
        Event times in ms since 1970 (UTC), `None` where no event had one.
    """

    files: int = 0
    events: int = 0
    unparsed: int = 0
    dropped: int = 0
    bytes: int = 0
    unread: UnreadLines = field(default_factory=UnreadLines)
    members: int = 0
    unknown_members: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    by_verdict: Counter[str] = field(default_factory=Counter)
    by_disposition: Counter[str] = field(default_factory=Counter)
    first: int | None = None
    last: int | None = None
    interrupted: str | None = None
    denied: DeniedFlows = field(default_factory=DeniedFlows)
    course: CourseCounter = field(default_factory=CourseCounter)
    _denied: Counter[_Conversation] = field(default_factory=Counter)

    def add(self, batch: Batch) -> None:
        """Take one batch in."""
        self.events += batch.events
        self.unparsed += batch.unparsed
        self.dropped += batch.dropped
        self.unread.add(batch.unread)
        for verdict, count in batch.by_verdict.items():
            known = verdict in self.by_verdict or len(self.by_verdict) < MAX_LABELS
            self.by_verdict[verdict if known else OTHER] += count
        self.by_disposition.update(batch.by_disposition)
        self.denied.add(batch.denies)
        self.course.add(batch.series)
        for flow in batch.denies:
            self._count(flow)
        for time in (batch.oldest, batch.newest):
            if time is not None:
                self.first = time if self.first is None else min(self.first, time)
                self.last = time if self.last is None else max(self.last, time)

    def top_denied(self) -> list[dict[str, Any]]:
        """List the conversations that were denied most often, at most 20."""
        keys = ("source", "destination", "port", "protocol", "disposition")
        return [
            {**dict(zip(keys, conversation, strict=True)), "count": count}
            for conversation, count in self._ranked()
        ]

    def printable_notes(self) -> list[str]:
        """Return the notes as printable lines, at most 50."""
        notes = [self.interrupted, *self.notes] if self.interrupted else self.notes
        shown = [printable(note, _MAX_NOTE_CHARS) for note in notes[:_MAX_NOTES]]
        rest = len(notes) - len(shown)
        return [*shown, f"and {rest:,} more notes"] if rest else shown

    def unread_notes(self, fewest: int = 1) -> list[str]:
        """Return what was not understood, a line a kind of which there are at least so many."""
        return [
            f"{count:,} line{'s hold' if count > 1 else ' holds'} the words of {WORDS_OF[kind]} and"
            f" could not be read, such as: {printable(self.unread.examples[kind], _EXAMPLE_CHARS)}"
            for kind, count in self.unread.counts.most_common()
            if count >= fewest
        ]

    def report(self, cluster: str | None, findings: list[Finding]) -> dict[str, Any]:
        """Describe the run as `analyze --format json` prints it."""
        return {
            "cluster": cluster,
            "window": {"from": rfc3339(self.first), "to": rfc3339(self.last)},
            "input": {
                "files": self.files,
                "events": self.events,
                "flows": self.by_verdict.total(),
                "unparsed": self.unparsed,
                "unread": dict(self.unread.counts),
                "unread_examples": {
                    kind: printable(text) for kind, text in self.unread.examples.items()
                },
                "dropped": self.dropped,
                "bytes": self.bytes,
                "members": self.members,
                "unknown_members": dict(self.unknown_members),
                "notes": [*self.printable_notes(), *self.unread_notes()],
            },
            "flows": {
                "by_verdict": dict(self.by_verdict),
                "by_disposition": dict(self.by_disposition),
                "top_denied": self.top_denied(),
            },
            "findings": findings,
        }

    def _ranked(self) -> list[tuple[_Conversation, int]]:
        ranked = sorted(self._denied.items(), key=lambda item: (-item[1], tuple(map(str, item[0]))))
        return ranked[:_TOP]

    def _count(self, flow: Flow) -> None:
        conversation = (
            flow.source_ip, flow.destination_ip, flow.destination_port, flow.protocol,
            flow.disposition or "unknown",
        )  # fmt: skip
        if conversation in self._denied or len(self._denied) < _MAX_CONVERSATIONS:
            self._denied[conversation] += 1
