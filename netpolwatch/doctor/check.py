"""What a check is and what it answers."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from netpolwatch.catalogue.model import Command
from netpolwatch.doctor.facts import Setup, Unread, UnreadError

Status = Literal["fail", "warn", "unknown", "pass"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check found.

    Attributes
    ----------
    evidence
        What it was decided by, in one line.
    fix
        What to do, in order; empty where there is nothing to do.
    subjects
        What is wrong, by name, where one check can find several things; a finding each. The
        check's own id stands for them where there are none.
    """

    status: Status
    evidence: str
    fix: tuple[Command, ...] = ()
    subjects: tuple[str, ...] = ()


def passed(evidence: str) -> Answer:
    """Return the answer of a check that is content."""
    return Answer("pass", evidence)


class Check(ABC):
    """One thing that can be wrong with a set-up.

    Attributes
    ----------
    id
        Stable: scripts and findings name it.
    title
        What should be so.
    why
        What is lost where it is not so.
    decided_by
        How it is decided.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    why: ClassVar[str]
    decided_by: ClassVar[str]

    @abstractmethod
    def examine(self, setup: Setup) -> Answer:
        """Decide; raises `UnreadError` where a fact that it needs was not read."""


@dataclass(frozen=True, slots=True)
class Result:
    """A check and its answer."""

    check: Check
    answer: Answer


def examined(checks: Iterable[Check], setup: Setup) -> tuple[Result, ...]:
    """Return every check's answer, in the checks' order; what was not read is `unknown`."""
    return tuple(Result(check, _answer(check, setup)) for check in checks)


def _answer(check: Check, setup: Setup) -> Answer:
    try:
        return check.examine(setup)
    except UnreadError as error:
        return _unknown(error.unread)


def _unknown(unread: Unread) -> Answer:
    evidence = f"{unread.action}: {unread.reason}"
    if not unread.refused:
        return Answer("unknown", evidence)
    grant = Command(f"Allow {unread.action} to whoever runs the doctor, and run it again.")
    return Answer("unknown", evidence, (grant,))
