"""Questions about a cluster, answered from a store that is too large to be held.

Every question is tried on what was gathered so far. What it asked for in vain is read, for all open
questions together, and they are tried again: an address leads to its holder, the holder to its
namespace and policies, and so on, a round each. So nothing is read that no answer rests on, and
what an answer says is what the whole knowledge would say (`tests/unit/kubernetes/identity` holds
that). A question that needs more than the bounds allow has no answer, never a wrong one.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple, TypeVar

from netpolwatch.kubernetes.facts import AnyFact
from netpolwatch.kubernetes.identity import entities
from netpolwatch.kubernetes.identity.coverage import Coverage
from netpolwatch.kubernetes.identity.knowledge import Knowledge
from netpolwatch.kubernetes.identity.places import Places

MAX_READS: Final = 1_500
"""Objects read for one set of questions."""

_MAX_ROUNDS: Final = 24

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")


class ObjectFacts(NamedTuple):
    """What a store holds of one object.

    Attributes
    ----------
    since_us
        Since when all of it is here, in microseconds since 1970 (UTC); `None` where it was not
        read to its end, and no time can be told.
    """

    facts: Sequence[AnyFact]
    since_us: int | None


Read = Callable[[Sequence[str]], Mapping[str, ObjectFacts]]
"""Reads objects by their names in `entities`; one that is left out was not read."""


class Gathering:
    """What was gathered for some questions.

    Attributes
    ----------
    knowledge
        All that was read so far: ask it only what `answers` settled.
    reads
        How many objects were read.
    """

    def __init__(
        self, read: Read, places: Places | None = None, *, max_reads: int = MAX_READS
    ) -> None:
        self._read, self._max_reads = read, max_reads
        self._coverage = Coverage()
        self.knowledge = Knowledge(places, coverage=self._coverage)
        self.reads = 0

    def answers(self, questions: Iterable[Q], answer: Callable[[Q, Knowledge], A]) -> dict[Q, A]:
        """Return the answers of the questions that could be settled, the first ones first.

        `answer` is called again and again with more knowledge; it must keep nothing of a call.
        Raises what the store raises.
        """
        settled: dict[Q, A] = {}
        open_questions = list(questions)
        for _ in range(_MAX_ROUNDS):
            missed: dict[str, None] = {}
            still_open = []
            for question in open_questions:
                self._coverage.take_missed()
                result = answer(question, self.knowledge)
                wanted = self._coverage.take_missed()
                if wanted:
                    still_open.append(question)
                    missed.update(dict.fromkeys(wanted))
                else:
                    settled[question] = result
            open_questions = still_open
            if not open_questions or not self._gather(missed):
                break
        return settled

    def _gather(self, names: Iterable[str]) -> bool:
        """Read what can be read of what is named; whether anything was."""
        room = self._max_reads - self.reads
        entities_to_read = list(islice(self._readable(names), room))
        if not entities_to_read:
            return False
        self.reads += len(entities_to_read)
        held = self._read(entities_to_read)
        for entity in entities_to_read:
            facts, since_us = held.get(entity, ObjectFacts((), None))
            self.knowledge.learn(facts)
            self._coverage.read(entity, since_us)
        return True

    def _readable(self, names: Iterable[str]) -> Iterator[str]:
        for entity in names:
            if not self._coverage.was_read(entity) and entities.is_kept(entity):
                yield entity
