"""What a rule found in an event."""

import msgspec

from netpolwatch.catalogue.model import FULL_WEIGHT, Severity
from netpolwatch.catalogue.running import Running
from netpolwatch.flows.model import Confidence

MAX_EVIDENCE_CHARS = 600

FieldValue = str | int | None


class Sighting(msgspec.Struct, frozen=True, gc=False):
    """One known issue, seen in one event.

    Attributes
    ----------
    fields
        What the rule took from the text, each at most 200 characters.
    confidence
        Of a flow, the judgement's; a literal of the software's own source is certain.
    component, node
        Who wrote the line, and where; `None` where nothing tells.
    timestamp
        ms since 1970 (UTC), `None` for plain lines without a time.
    weight
        How much of its issue's threshold it makes up: see `model.Threshold`.
    running
        The version of the component that the issue is bound to, where the batch tells it.
    rule
        Which of its issue's rules found it.
    hint
        Whether it is a signal that counts: nothing by itself, a fault as often as its rule asks.
    log_group, log_stream
        Where its event came from, if that is not its batch's place.
    text
        The part of the event that shows the issue, at most `MAX_EVIDENCE_CHARS`.
    """

    issue: str
    severity: Severity
    fields: dict[str, FieldValue]
    confidence: Confidence = "high"
    component: str | None = None
    node: str | None = None
    timestamp: int | None = None
    text: str = ""
    weight: int = FULL_WEIGHT
    running: Running | None = None
    rule: str = ""
    hint: bool = False
    log_group: str | None = None
    log_stream: str | None = None

    @property
    def seen_on(self) -> str | None:
        """The node that the event is about: of an audit event, it stands in its fields."""
        node = self.fields.get("node") if self.node is None else self.node
        return node if isinstance(node, str) else None
