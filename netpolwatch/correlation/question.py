"""Questions and their answers; both are data, so that a queue can hold a question."""

import msgspec

from netpolwatch.catalogue.model import Severity
from netpolwatch.catalogue.sighting import FieldValue
from netpolwatch.flows.model import Confidence

Subject = tuple[str, ...]
"""What a question is about, by names: `("shop", "allow-client")`."""


class Question(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Something to be asked of the cluster's knowledge when it is due.

    Attributes
    ----------
    watch
        Who answers it: the id of an issue and the name of its rule, `issue/rule`.
    asked_at_ms, due_at_ms
        When the fact was that asks, and as of when it is answered (ms since 1970, UTC).
    cause
        Why it is asked, in a word that the detector knows.
    evidence
        What the asking fact says, for a person.
    tries
        How often it could not be answered.
    found
        The fields of the fault that was found: then only its end is of interest.
    """

    watch: str
    subject: Subject
    asked_at_ms: int
    due_at_ms: int
    cause: str = ""
    evidence: str = ""
    tries: int = 0
    found: dict[str, FieldValue] | None = None

    @property
    def key(self) -> str:
        """Its name: a question that several facts, or repeated ones, ask is one question."""
        return "/".join((self.watch, *self.subject, self.cause, str(self.asked_at_ms)))


class Fault(msgspec.Struct, frozen=True, gc=False):
    """The fault is there.

    Attributes
    ----------
    text
        What shows it: the asking event, and the last thing heard.
    severity
        Where it differs from the entry's.
    seen_at_ms
        When it showed, where that is not when the question was due.
    """

    fields: dict[str, FieldValue]
    text: str
    confidence: Confidence = "high"
    severity: Severity | None = None
    seen_at_ms: int | None = None


class Fine(msgspec.Struct, frozen=True, gc=False):
    """There is no fault, or no longer: since `since_ms`, where that is known."""

    since_ms: int | None = None


class NotKnown(msgspec.Struct, frozen=True, gc=False):
    """What was heard does not answer it."""

    why: str


class AskAgain(msgspec.Struct, frozen=True, gc=False):
    """It is too early to tell."""

    due_at_ms: int


class AskOthers(msgspec.Struct, frozen=True, gc=False):
    """It is a question about several objects, each of which has one of its own."""

    questions: tuple[Question, ...]


Answer = Fault | Fine | NotKnown | AskAgain | AskOthers
