"""The account's EventBridge bus: whoever wants to know writes a rule for `source: netpolwatch`."""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws.channels.sns import outcome_of
from netpolwatch.aws.channels.telling import Telling
from netpolwatch.findings.channels import Delivered, Outcome, Refused, Retry
from netpolwatch.findings.notices import Notice
from netpolwatch.reporting.bus import SOURCE, detail, detail_type

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

_OUR_FAULT: Final = frozenset({"MalformedDetail", "InvalidArgument"})


class Bus:
    """One event a notice."""

    name = "eventbridge"

    def __init__(self, client: "EventBridgeClient", bus: str, telling: Telling) -> None:
        self._client, self._bus, self._telling = client, bus, telling

    def send(self, notice: Notice, notification: str, reference: str | None) -> Outcome:
        """Put an event; the bus answers success for the call even where it refuses the event."""
        del reference
        located = self._telling.located(notice)
        try:
            answer = self._client.put_events(
                Entries=[
                    {
                        "Source": SOURCE,
                        "DetailType": detail_type(located),
                        "Detail": detail(located, notification),
                        "EventBusName": self._bus,
                    }
                ]
            )
        except (ClientError, BotoCoreError) as error:
            return outcome_of(error)
        (entry,) = answer["Entries"]
        code = entry.get("ErrorCode")
        if code is None:
            return Delivered(entry.get("EventId", ""))
        return Refused(code) if code in _OUR_FAULT else Retry(code)
