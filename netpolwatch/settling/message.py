"""What one payload leaves to be judged: a message of bounded size."""

from collections.abc import Sequence
from itertools import chain
from typing import Final, Literal

import msgspec

from netpolwatch.flows.model import Flow
from netpolwatch.settling.conversations import Conversation, by_conversation, conversation_of

MAX_CONVERSATIONS: Final = 200
MAX_MESSAGE_BYTES: Final = 200_000
"""A queue takes 256 KiB."""

_encoder = msgspec.json.Encoder()


class NotAMessageError(ValueError):
    """A text is no message of conversations."""


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """The DENYs of one payload.

    Attributes
    ----------
    key
        Names the payload: a message that comes twice counts once.
    """

    key: str
    cluster: str | None
    log_group: str
    log_stream: str
    component: str | None
    conversations: tuple[Conversation, ...]
    schema: Literal["netpolwatch/settling/v1"] = "netpolwatch/settling/v1"

    @property
    def first_ms(self) -> int:
        """When its first packet was dropped, in ms since 1970 (UTC)."""
        return min(each.first_ms for each in self.conversations)

    @property
    def last_ms(self) -> int:
        """When its last packet was dropped, in ms since 1970 (UTC)."""
        return max(each.last_ms for each in self.conversations)


_decoder = msgspec.json.Decoder(Message)


class Bounded(msgspec.Struct, frozen=True):
    """A message's text, and the DENYs that it had no room for."""

    text: str
    left: tuple[Flow, ...] = ()


def write_message(message: Message) -> str:
    """Return a message as JSON, without the two characters that a queue refuses."""
    text = _encoder.encode(message).decode()
    return text.replace("\ufffe", r"\ufffe").replace("\uffff", r"\uffff")


def read_message(text: str) -> Message:
    """Read a message; raises `NotAMessageError` for what is none."""
    try:
        message = _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotAMessageError(str(error)) from None
    if not message.conversations or any(not each.offsets_ms for each in message.conversations):
        raise NotAMessageError("no conversation")
    return message


def message_of(
    flows: Sequence[Flow],
    *,
    key: str,
    cluster: str | None,
    log_group: str,
    log_stream: str,
    component: str | None,
) -> Bounded:
    """Return the message of a payload's DENYs; the conversations of most packets come first."""
    groups = by_conversation(flows)
    kept = [conversation_of(group) for group in groups[:MAX_CONVERSATIONS]]
    while True:
        message = Message(key, cluster, log_group, log_stream, component, tuple(kept))
        text = write_message(message)
        if len(text.encode()) <= MAX_MESSAGE_BYTES or len(kept) == 1:
            break
        kept = kept[: len(kept) // 2]
    return Bounded(text, tuple(chain.from_iterable(groups[len(kept) :])))
