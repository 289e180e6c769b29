"""What every channel makes of every notice: golden files, limits, and hostile text inert."""

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from netpolwatch.findings.model import Evidence, Finding
from netpolwatch.findings.notices import (
    BudgetNotice,
    DigestNotice,
    FindingNotice,
    GroupNotice,
    Notice,
    TestNotice,
    row_of,
)
from netpolwatch.reporting.bus import MAX_ENTRY_BYTES, detail, detail_type
from netpolwatch.reporting.chat import chat_message
from netpolwatch.reporting.email import email_body
from netpolwatch.reporting.email_table import email_of
from netpolwatch.reporting.message import Message, message_of
from netpolwatch.reporting.slack import slack_message
from tests.unit.findings.making import NOON, finding
from tests.unit.reporting.golden import assert_golden
from tests.unit.reporting.noticing import ISSUE, LINKS, NOTICES, NOTIFICATION

HOSTILE = (
    "<!channel> <@U123> <https://evil.example|click> *bold* `code` ```x``` &amp; <script>alert(1)"
    "</script> \x1b[2J \r\nSubject: other \u202e\u2066\u200b\x00 @here [a](https://evil.example)"
)
texts = st.text(max_size=400) | st.just(HOSTILE) | st.just("`" * 300)


def message(notice: Notice) -> Message:
    summary = ISSUE.summary if isinstance(notice, FindingNotice) else ""
    return message_of(notice, NOTIFICATION, summary, LINKS)


def pretty(text: str) -> str:
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", NOTICES)
def test_every_channel_of_a(name: str) -> None:
    notice = NOTICES[name]
    told = message(notice)
    slack = slack_message(told)
    if isinstance(notice, FindingNotice):
        mail = email_body(notice.finding, told.summary, NOTIFICATION)
    else:
        mail = email_of(told)
    assert_golden(f"{name}.mail.txt", f"Subject: {told.subject}\n\n{mail}")
    blocks = {"text": slack.text, "attachments": slack.attachments}
    assert_golden(f"{name}.slack.json", json.dumps(blocks, indent=2, ensure_ascii=False) + "\n")
    assert_golden(f"{name}.chat.json", pretty(chat_message(told)))
    event = {"detail-type": detail_type(notice), "detail": json.loads(detail(notice, NOTIFICATION))}
    assert_golden(f"{name}.bus.json", json.dumps(event, indent=2, ensure_ascii=False) + "\n")


def hostile(text: str) -> Finding:
    return finding(
        title=text, cluster=text, subject={"node": text, "pod": text},
        evidence=tuple(Evidence(None, text[:500], text[:500], text) for _ in range(5)),
        remedy=ISSUE.remedy,
    )  # fmt: skip


def strings(value: object) -> list[tuple[str, str]]:
    """Give every text of a block with the type of what holds it."""
    found: list[tuple[str, str]] = []

    def walk(one: Any, holder: str) -> None:  # noqa: ANN401  # any JSON
        if isinstance(one, dict):
            for key, inner in one.items():
                walk(inner, str(one.get("type", holder)) if key == "text" else holder)
        elif isinstance(one, list):
            for inner in one:
                walk(inner, holder)
        elif isinstance(one, str):
            found.append((holder, one))

    walk(value, "")
    return found


@given(text=texts)
def test_slacks_limits_hold_and_log_text_is_never_markup(text: str) -> None:
    # when
    told = slack_message(message(FindingNotice(reason="opened", finding=hostile(text))))
    ((attachment),) = told.attachments
    blocks = attachment["blocks"]
    # then Slack's own models take it, within Slack's limits
    parsed = Block.parse_all(blocks)
    assert 0 < len(parsed) <= 50
    for block in parsed:
        block.validate_json()
    assert all(len(one) <= 3_000 for _, one in strings(blocks))
    # and no text is mrkdwn but the notification's own, whose characters are escaped
    assert '"mrkdwn"' not in json.dumps(blocks)
    assert not re.search(r"<(?:!|@|#|https?:)", told.text)


@given(text=texts)
def test_a_chat_notification_is_the_schema_and_nothing_else(text: str) -> None:
    # when
    told = message(FindingNotice(reason="opened", finding=hostile(text)))
    found = json.loads(chat_message(told))
    # then
    assert found.keys() == {"version", "source", "id", "content", "metadata"}
    assert (found["version"], found["source"]) == ("1.0", "custom")
    content, metadata = found["content"], found["metadata"]
    assert content.keys() <= {"textType", "title", "description", "nextSteps", "keywords"}
    assert content["textType"] == "client-markdown"
    assert len(content["title"]) <= 250
    assert len(content["description"]) <= 8_000
    assert metadata.keys() <= {"threadId", "summary", "eventType", "relatedResources",
                               "additionalContext"}  # fmt: skip
    # and nothing from a log mentions or links anything: outside of code spans there is no `<`
    assert_inert(content["description"])
    # The thread's summary and the title hold no code spans: there log text has no markup at all.
    assert len(metadata["summary"]) <= 250
    assert not re.search(r"[<>@`*_~]", metadata["summary"] + content["title"].partition(": ")[2])


def assert_inert(description: str) -> None:
    for line in description.split("\n"):
        outside = re.sub(r"`[^`]*`", "", line)
        assert "<" not in outside
        assert "@" not in outside
        assert outside.count("`") == 0


def tables(text: str) -> list[Notice]:
    rows = tuple(row_of(hostile(text)) for _ in range(100))
    return [
        GroupNotice(
            cluster=text, kind="issue", key=text, rows=rows, more=2, since=NOON, until=NOON
        ),
        DigestNotice(
            cluster=text, rows=rows, more=2, since=NOON, until=NOON, set_aside={text: 3},
            silences=(text,) * 200,
        ),
        BudgetNotice(suppressed=7, rows=rows, more=2, since=NOON, cluster=text),
        TestNotice(text=text, at=NOON),
    ]  # fmt: skip


@settings(max_examples=30)
@given(text=texts)
def test_tables_of_hostile_text_are_bounded_and_inert(text: str) -> None:
    for notice in tables(text):
        told = message(notice)
        ((attachment),) = slack_message(told).attachments
        blocks = attachment["blocks"]
        parsed = Block.parse_all(blocks)
        assert len(parsed) <= 50
        for block in parsed:
            block.validate_json()
        assert all(len(one) <= 3_000 for _, one in strings(blocks))
        assert '"mrkdwn"' not in json.dumps(blocks)
        # What is told is named, however much of it there is.
        assert blocks[-1]["elements"][0]["text"] == f"notification {NOTIFICATION}"
        found = json.loads(chat_message(told))
        assert len(found["content"]["description"]) <= 8_000
        assert_inert(found["content"]["description"])
        if told.rows:
            last = found["content"]["description"].rpartition("\n")[2]
            assert re.fullmatch(r"and 82 more|… the rest has no room here: see the dashboard", last)


@given(text=texts)
def test_a_tables_mail_has_no_line_of_a_log(text: str) -> None:
    rows = tuple(row_of(hostile(text)) for _ in range(3))
    notice = GroupNotice(
        cluster=text, kind="node", key=text, rows=rows, more=2, since=NOON, until=NOON
    )
    told = message(notice)
    assert all(not line or line.isprintable() for line in email_of(told).split("\n"))
    assert told.subject.isascii()
    assert len(told.subject) < 100


@given(text=texts)
def test_an_events_detail_is_json_within_the_buss_bound(text: str) -> None:
    big = msgspec.structs.replace(hostile(text), evidence=hostile("\x00" * 60_000).evidence)
    for notice in (FindingNotice(reason="opened", finding=big), NOTICES["group"]):
        found = detail(notice, NOTIFICATION)
        assert len(found.encode()) <= MAX_ENTRY_BYTES
        assert json.loads(found)["notification_id"] == NOTIFICATION
