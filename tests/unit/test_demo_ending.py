"""The end of the demo: ten lines that stay on the screen, and one demo at a time."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from local.demo.ending import counts_of, show_ending, write_mails
from local.demo.inbox import Message
from local.demo.lock import DemoRunningError, only_demo
from local.layout import ROOT

RESULT = {
    "events": {"written": 22_612, "subscribed": 16_000},
    "metrics": {"Flows": {"DENY": 1_046, "ACCEPT": 12_200}},
    "received": [{}] * 17,
    "sent": {"alert": 6, "table": 2, "digest": 1, "ending": 8},
    "worst": "[CRITICAL] retail-prod: The policy controller or the agent may not use endpoints",
    "seconds": {"line_to_message": {"median": 1.234}},
    "differences": [],
}


def shown(**changes: object) -> str:
    file = StringIO()
    page, mails = ROOT / "build" / "demo" / "report.html", ROOT / "build" / "demo" / "mail"
    show_ending(Console(file=file, width=80), RESULT | changes, page, mails)
    return file.getvalue()


def test_the_last_ten_lines_say_what_came_of_the_day_and_where_it_is() -> None:
    _, *lines = shown().splitlines()
    assert len(lines) == 10
    assert lines[0] == "The day     22,612 events of a cluster, 1,046 denied packets"
    assert lines[1] == "Came of it  17 messages: 6 alerts, 2 tables, 1 digest, 8 endings"
    assert "build/demo/report.html" in lines[5]
    assert "build/demo/mail/" in lines[6]


def test_a_difference_from_the_story_is_not_hidden() -> None:
    assert "2 DIFFERENCES from the story: see build/demo.json" in shown(differences=["a", "b"])


def test_messages_are_counted_by_what_they_are() -> None:
    kinds = ("opened", "risen", "resolved", "digest", "group", "test")
    messages = [Message({"id": "1"}, {"kind": kind}, 0.0) for kind in kinds]
    assert counts_of(messages) == {
        "alert": 2, "ending": 1, "digest": 1, "table": 1, "other": 1,
    }  # fmt: skip


def test_each_message_is_a_file_that_cannot_leave_its_folder(tmp_path: Path) -> None:
    mails = [{"subject": "[HIGH] ../../etc: x", "text": "body"}] * 2
    write_mails(tmp_path / "mail", mails)
    names = sorted(file.name for file in (tmp_path / "mail").iterdir())
    assert [name[:2] for name in names] == ["01", "02"]
    assert [file for file in tmp_path.rglob("*.txt") if file.parent != tmp_path / "mail"] == []


def test_a_second_demo_is_refused_and_a_dead_ones_lock_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "build" / "demo.lock"
    with only_demo(lock), pytest.raises(DemoRunningError, match="already runs"), only_demo(lock):
        pass
    with only_demo(lock):
        assert lock.read_text().strip().isdigit()
