# ruff: noqa: SLF001 - a patch reaches into what it patches
"""E-mail subscriptions of a topic deliver into a file.

Gap of MiniStack 1.5.33: a message for an e-mail subscription is dropped. AWS sends it once the
address was confirmed, with the text under `email` of a JSON-structured message. Here each is
appended to the state's mailbox as a JSON line `{"to", "topic", "subject", "text"}`; nothing needs
to be confirmed.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from local.patches._ministack import Json, replace, require, sns


def apply(mailbox: Path) -> None:
    """Write what is mailed into `mailbox`."""
    require(sns, "_topic_by_arn_any_scope", "topic_arn")
    require(sns, "_resolve_message_for_protocol", "message", "message_structure", "protocol")

    def fanout(
        topic_arn: str,
        msg_id: str,
        message: str,
        subject: str,
        message_structure: str = "",
        message_attributes: Json | None = None,
        message_group_id: str = "",
        message_dedup_id: str = "",
    ) -> None:
        stock(
            topic_arn, msg_id, message, subject, message_structure, message_attributes,
            message_group_id, message_dedup_id,
        )  # fmt: skip
        text = sns._resolve_message_for_protocol(message, message_structure, "email")
        with mailbox.open("a", encoding="utf-8") as lines:
            for address in _addresses(topic_arn):
                mail = {"to": address, "topic": topic_arn, "subject": subject, "text": text}
                lines.write(json.dumps(mail) + "\n")

    stock: Callable[..., None] = replace(sns, "_fanout", fanout)


def _addresses(topic_arn: str) -> Iterator[str]:
    topic = sns._topic_by_arn_any_scope(topic_arn)
    for subscription in topic["subscriptions"] if topic else ():
        if subscription.get("protocol") == "email":
            yield subscription["endpoint"]
