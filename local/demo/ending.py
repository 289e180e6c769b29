"""The end of the demo: what the day had, what came of it, where to read it, what to try next."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from local.demo.inbox import Message
from local.layout import ROOT
from netpolwatch.reporting.report.words import counted

_ALERTS: Final = frozenset({"opened", "repeated", "risen", "surged", "reassigned"})
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.]+")
_MAX_NAME: Final = 60


def write_mails(folder: Path, mails: Sequence[Mapping[str, str]]) -> None:
    """Write each message as a text file, numbered as they came."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, mail in enumerate(mails, start=1):
        name = _UNSAFE.sub("-", mail["subject"]).strip("-")[:_MAX_NAME]
        text = f"Subject: {mail['subject']}\n\n{mail['text']}"
        folder.joinpath(f"{number:02d}-{name}.txt").write_text(text, encoding="utf-8")


def counts_of(messages: Sequence[Message]) -> dict[str, int]:
    """Return how many alerts, tables, digests and endings were sent."""
    kinds = Counter(
        "alert" if message.kind in _ALERTS else
        {"resolved": "ending", "digest": "digest", "group": "table"}.get(message.kind, "other")
        for message in messages
    )  # fmt: skip
    return dict(kinds)


def show_ending(console: Console, result: Mapping[str, Any], page: Path, mails: Path) -> None:
    """Print the ten lines that stay on the screen."""
    denied = result["metrics"].get("Flows", {}).get("DENY", 0)
    day = f"{result['events']['written']:,} events of a cluster, {denied:,} denied packets"
    sent = ", ".join(counted(count, kind) for kind, count in result["sent"].items())
    latency = result["seconds"]["line_to_message"]["median"]
    checked = "the deployment found exactly the story's faults, and so does the laptop"
    if result["differences"]:
        checked = f"{len(result['differences'])} DIFFERENCES from the story: see build/demo.json"
    lines = (
        ("The day", day),
        ("Came of it", f"{len(result['received'])} messages: {sent}"),
        ("The worst", result["worst"]),
        ("Delay", f"a line becomes a message in {latency:.2f} s (median)"),
        ("Checked", checked),
        ("Read", f"{_short(page)} (the same day as a page)"),
        ("", f"{_short(mails)}/ (the messages, as text)"),
        ("Try next", "netpolwatch analyze samples/cluster-day.jsonl --brief"),
        ("", "netpolwatch issues npa-link-not-found"),
        ("More", "make demo VERBOSE=1 shows the messages and metrics; build/demo.json has all"),
    )
    console.rule()
    for name, text in lines:
        style = "bold red" if name == "Checked" and result["differences"] else ""
        console.print(Text.assemble((f"{name:<12}", "bold"), (text, style)), soft_wrap=True)


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT))
