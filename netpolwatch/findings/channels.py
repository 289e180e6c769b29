"""What a channel is to those who decide, and what may come of sending."""

from dataclasses import dataclass
from typing import Protocol

from netpolwatch.findings.notices import Notice


@dataclass(frozen=True, slots=True)
class Delivered:
    """The channel has it; `reference` is what it calls the message, empty where it has no name."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now; `after_ms` is how long the channel asked to be left alone."""

    why: str
    after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Never: to repeat it would not help."""

    why: str


Outcome = Delivered | Retry | Refused


class Channel(Protocol):
    """One way to reach people or machines."""

    @property
    def name(self) -> str:
        """Its name in metrics: one of few."""

    def send(self, notice: Notice, notification: str, reference: str | None) -> Outcome:
        """Send a notice; `reference` is what the channel called the finding's first message.

        Tries once, within seconds; never raises for what a channel may do.
        """
