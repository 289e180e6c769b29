"""The catalogue as tables and pages for a terminal, and as rows for a script."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from netpolwatch.catalogue.model import SEVERITIES, Entry
from netpolwatch.findings.versions import running_beside, version_note
from netpolwatch.reporting.severities import severity_text

_ROOM_FOR_VERSIONS: Final = 110
"""Columns of a terminal from which on versions have columns of their own."""


def issue_row(entry: Entry) -> dict[str, Any]:
    """Describe an entry for a script."""
    return {
        "id": entry.id,
        "title": entry.title,
        "summary": entry.summary,
        "severity": entry.severity,
        "component": entry.component,
        "maturity": entry.maturity,
        "versions": {
            "affected": entry.affected_versions,
            "fixed_in": entry.fixed_version,
            "note": said_versions(entry),
        },
        "sources": list(entry.sources),
        "group_by": list(entry.group_by),
        "threshold": entry.threshold,
        "repeated": entry.repeated,
        "escalate": entry.escalate,
        "waits_for": entry.waits_for,
        "notified": entry.notify,
        "remedy": entry.remedy,
        "docs": entry.docs,
        "upstream": list(entry.upstream),
    }


def graver_text(entry: Entry) -> str:
    """Say when an entry's fault is graver: `critical (3 nodes within 30 min)`."""
    return "; ".join(f"{graver.to} ({graver.text})" for graver in entry.escalate)


def said_versions(entry: Entry) -> str | None:
    """Say what versions mean for an entry: of the version that was said to run, or of any."""
    if entry.versions is None:
        return None
    return version_note(entry.versions, running_beside(entry.versions, ()))


def render_issues(console: Console, entries: Sequence[Entry]) -> None:
    """Print a table of entries, the gravest first; what no column has room for, below a title."""
    yours = any(_is_said(entry) for entry in entries)
    wide = console.width >= _ROOM_FOR_VERSIONS
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("severity")
    longest = max((len(entry.id) for entry in entries), default=0)
    table.add_column("issue", overflow="fold", min_width=min(longest, console.width - 22))
    table.add_column("maturity")
    for name in _versions(entries[0], yours=yours) if wide and entries else ():
        table.add_column(name, overflow="fold")
    for entry in sorted(entries, key=lambda entry: (-SEVERITIES.index(entry.severity), entry.id)):
        table.add_row(*_row(entry, _versions(entry, yours=yours), wide=wide))
    console.print(table)


def _row(entry: Entry, versions: dict[str, str], *, wide: bool) -> Iterator[Text]:
    below = [] if wide else [f"{key}: {text}" for key, text in versions.items() if text != "-"]
    yield severity_text(entry.severity)
    yield Text.assemble(entry.id, *((f"\n{line}", "dim") for line in (entry.title, *below)))
    for text in (entry.maturity, *(versions.values() if wide else ())):
        yield Text(text, style="dim")


def _versions(entry: Entry, *, yours: bool) -> dict[str, str]:
    """Say by column what versions mean for an entry."""
    fixed = {"fixed in": entry.fixed_version or "-"}
    return fixed | ({"yours": _yours(entry)} if yours else {})


def _is_said(entry: Entry) -> bool:
    return entry.versions is not None and entry.versions.vpc_cni is not None


def _yours(entry: Entry) -> str:
    if entry.versions is None or not _is_said(entry):
        return "-"
    for one in running_beside(entry.versions, ()):
        if one.affected is not None:
            return "affected" if one.affected else "not affected"
    return "unknown"


def _notified(entry: Entry) -> str:
    if entry.maturity == "planned":
        return f"not seen yet: it waits for {entry.waits_for}"
    told = entry.notify and entry.maturity == "stable" and entry.severity != "info"
    return "yes" if told else "no, recorded and counted"


def render_issue(console: Console, entry: Entry) -> None:
    """Print a page about one entry."""
    console.print(Text.assemble(severity_text(entry.severity), "  ", (entry.title, "bold")))
    console.print(Text(entry.id, style="dim"))
    console.print()
    console.print(Text(entry.summary))
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in (
        ("seen in", "; ".join(entry.sources)),
        ("one finding a", ", ".join(entry.group_by) or "cluster"),
        ("notified", _notified(entry)),
        *((("graver", graver_text(entry)),) if entry.escalate else ()),
        ("affected", entry.affected_versions or "no version bound known"),
        ("fixed in", entry.fixed_version or "no version known"),
        *((("yours", said_versions(entry) or ""),) if _is_said(entry) else ()),
    ):
        facts.add_row(name, Text(value))
    console.print(Padding(facts, (1, 0)))
    console.print(Text("What to do", style="bold"))
    for number, command in enumerate(entry.remedy, start=1):
        step = Table.grid(padding=(0, 1))
        step.add_row(f"{number}.", Text(command.say))
        console.print(step)
        if command.run:
            # A command must be copied whole: it is never wrapped.
            console.print(Text(f"   $ {command.run}", style="cyan"), soft_wrap=True)
    console.print()
    for link in (entry.docs, *entry.upstream):
        console.print(Text(link, style="blue"), soft_wrap=True)
