"""A report as text: the first screen, then the details in the same order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from netpolwatch.catalogue.model import Command, Severity
from netpolwatch.findings.model import Finding
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.reporting.email import named_ends
from netpolwatch.reporting.report.head import HeadRow, denied_when, head_of, subject_words
from netpolwatch.reporting.report.lines import Cell, Lines
from netpolwatch.reporting.report.model import AgentDrops, Cause, Denial, Fault, MissingRule, Report
from netpolwatch.reporting.report.words import counted, listed
from netpolwatch.reporting.severities import STYLES

_EVIDENCE_CHARS: Final = 600
_ONE_LINE_WIDTH: Final = 150
_NARROW: Final = 80
DEFAULT_TOP: Final = 10


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How much is shown.

    Attributes
    ----------
    width
        Columns of the terminal; `None` for a pipe, where nothing is folded.
    brief
        Only the first screen.
    top
        Rows of each list; the rest is counted.
    """

    width: int | None = None
    brief: bool = False
    top: int = DEFAULT_TOP


def render_text(report: Report, options: TextOptions) -> list[Text]:
    """Return a report's lines."""
    lines = Lines(options.width)
    _head(lines, report, options)
    if not options.brief:
        _Details(lines, report, options.top).write()
    return lines.written


def _head(lines: Lines, report: Report, options: TextOptions) -> None:
    head = head_of(report)
    lines.paragraph_of([Cell(head.cluster, "bold"), Cell(f"  {head.window}")])
    lines.paragraph_of([Cell(head.read, "dim")])
    for name in report.origin.filters:
        lines.paragraph(f"Only {name}.", style="yellow")
    if head.warning:
        lines.paragraph(head.warning, style="yellow")
    if not report.totals.events or not report.is_recognised:
        return
    is_narrow = options.width is not None and options.width < _ONE_LINE_WIDTH
    room = _room(options.width)
    sections = (
        ("STILL GOING ON", counted(len(head.going_on), "fault"), head.going_on),
        ("OVER", counted(len(head.over), "fault"), head.over),
        ("DENIED BY POLICY", head.denied_title, head.denied),
    )
    for (name, about, rows), limit in zip(sections, room, strict=True):
        if rows:
            more = f", {limit} shown here" if len(rows) > limit else ""
            lines.heading(name, about + more)
            _head_rows(lines, rows[:limit], is_narrow=is_narrow)
    if not head.going_on and not head.over:
        lines.paragraph("No fault that anybody is notified of.", style="green")
    lines.line(Cell("SET ASIDE", "bold"), Cell(f"  {head.aside}"))
    lines.line(Cell("WHAT NOW", "bold"), Cell(f"  {head.now.say}"))
    if head.now.run:
        lines.command(head.now.run, 2)


def _room(width: int | None) -> tuple[int, int, int]:
    """Return the rows of each section, so that the first screen has no more than 20 lines."""
    if width is None or width >= _ONE_LINE_WIDTH:
        return 4, 3, 3
    return (3, 1, 2) if width >= _NARROW else (2, 1, 1)


def _head_rows(lines: Lines, rows: Sequence[HeadRow], *, is_narrow: bool) -> None:
    for row in rows if is_narrow else ():
        lines.line(*_severity(row.severity), Cell(row.what, "bold"), indent=2)
        lines.line(Cell(f"{row.count} {row.when}; {row.where}"), indent=12)
    if not is_narrow:
        lines.table(
            (
                [
                    Cell(row.severity, STYLES[row.severity]), Cell(row.what, "bold"),
                    Cell(row.count), Cell(row.when), Cell(row.where),
                ]
                for row in rows
            ),
            cut=True,
        )  # fmt: skip


def _severity(severity: Severity) -> tuple[Cell, Cell]:
    return Cell(severity, STYLES[severity]), Cell(" " * (10 - len(severity)))


class _Details:
    """Writes what comes after the first screen."""

    def __init__(self, lines: Lines, report: Report, top: int) -> None:
        self._lines, self._report, self._top = lines, report, top

    def write(self) -> None:
        """Write every section that holds something."""
        report = self._report
        self._faults("STILL GOING ON", "when the log ends", report.going_on)
        self._faults("OVER", "silent for long enough when the log ends", report.over)
        self._causes(report.causes)
        self._agent(report.agent_drops)
        self._set_aside()
        self._recorded(report.recorded)
        self._not_understood()
        self._not_known()

    def _faults(self, name: str, about: str, faults: Sequence[Fault]) -> None:
        for number, fault in enumerate(faults):
            if not number:
                self._section(name, about)
            else:
                self._lines.blank()
            self._fault(fault)

    def _section(self, name: str, about: str = "") -> None:
        self._lines.blank()
        self._lines.heading(name, about)

    def _fault(self, fault: Fault) -> None:
        lines, clock = self._lines, self._report.clock
        lines.paragraph_of([*_severity(fault.severity), Cell(fault.title, "bold")])
        when = (clock.between if fault.is_over else clock.since)(fault.first_ms, fault.last_ms)
        lines.paragraph(f"{fault.issue}, {counted(fault.count, 'time')}, {when}", 2, "dim")
        if fault.meaning:
            lines.paragraph(fault.meaning, 2)
        self._subjects(fault)
        self._steps(fault)

    def _subjects(self, fault: Fault) -> None:
        lines = self._lines
        if len(fault.subjects) == 1:
            self._only_subject(fault.subjects[0])
            return
        shown = fault.subjects[: self._top]
        lines.table([self._subject_row(finding) for finding in shown], 2)
        self._left_out(len(fault.subjects) - len(shown), "subject")
        for change in dict.fromkeys(finding.change for finding in shown if finding.change):
            lines.paragraph(f"changed: {change}", 2, hanging=2)
        self._circumstances(shown[0])

    def _subject_row(self, finding: Finding) -> list[Cell]:
        clock, is_over = self._report.clock, finding.status == "resolved"
        when = clock.between if is_over else clock.since
        times = milliseconds(finding.first_seen or ""), milliseconds(finding.last_seen or "")
        return [
            Cell(finding.severity, STYLES[finding.severity]),
            Cell(f"{finding.count:,}x"),
            Cell(when(*times)),
            Cell(subject_words(finding)),
        ]

    def _only_subject(self, finding: Finding) -> None:
        self._lines.paragraph(f"where: {subject_words(finding)}", 2)
        for name, value in named_ends(finding).items():
            self._lines.paragraph(f"{name.lower()}: {value}", 2, hanging=2)
        self._circumstances(finding)

    def _circumstances(self, finding: Finding) -> None:
        lines = self._lines
        if finding.escalated:
            lines.paragraph(f"graver: {finding.escalated}", 2)
        if finding.version_note:
            lines.paragraph(f"versions: {finding.version_note}", 2, hanging=2)
        for evidence in finding.evidence[:1]:
            lines.paragraph(f"evidence: {evidence.text[:_EVIDENCE_CHARS]}", 2, "dim", hanging=2)

    def _steps(self, fault: Fault) -> None:
        for number, step in enumerate(fault.steps, start=1):
            self._step(number, step)

    def _step(self, number: int, step: Command) -> None:
        self._lines.paragraph(f"{number}. {step.say}", 2, hanging=3)
        if step.run:
            self._lines.command(step.run, 5)

    def _causes(self, causes: Sequence[Cause]) -> None:
        if not causes:
            return
        self._section("DENIED BY POLICY", head_of(self._report).denied_title)
        for number, cause in enumerate(causes[: self._top]):
            if number:
                self._lines.blank()
            self._cause(cause)
        self._left_out(len(causes) - self._top, "cause")

    def _cause(self, cause: Cause) -> None:
        lines = self._lines
        graver = f" ({cause.graver})" if cause.graver else ""
        lines.paragraph_of([*_severity(cause.severity), Cell(cause.label, "bold"), Cell(graver)])
        conversations = counted(len(cause.denials), "conversation")
        clients = counted(cause.clients, "client")
        about = f"{counted(cause.packets, 'packet')}, {conversations} of {clients}"
        lines.paragraph(f"{about}, {denied_when(self._report, cause)}", 2, "dim")
        if cause.beside:
            lines.paragraph(f"the same pods are isolated by {listed(cause.beside)}, too", 2, "dim")
        if cause.missing:
            lines.paragraph("missing, if the traffic is meant to pass:", 2)
            lines.table([_rule_row(rule) for rule in cause.missing[: self._top]], 4)
            self._left_out(len(cause.missing) - self._top, "rule")
        else:
            lines.table([_denial_row(denial) for denial in cause.denials[: self._top]], 4)
            self._left_out(len(cause.denials) - self._top, "conversation")

    def _agent(self, drops: Sequence[AgentDrops]) -> None:
        if drops:
            packets = sum(each.packets for each in drops)
            self._section(
                "DROPPED BY THE AGENT", f"{counted(packets, 'packet')} that no policy denies"
            )
        for each in drops:
            self._lines.paragraph(f"{counted(each.packets, 'packet')}: {each.why}", 2)
            self._lines.table([_denial_row(denial) for denial in each.denials[: self._top]], 4)
            self._left_out(len(each.denials) - self._top, "conversation")

    def _set_aside(self) -> None:
        if self._report.set_aside:
            self._section("SET ASIDE", "no violation, no fault by itself")
        self._lines.table(
            [Cell(f"{each.packets:,}"), Cell(each.name), Cell(each.sentence)]
            for each in self._report.set_aside
        )

    def _recorded(self, faults: Sequence[Fault]) -> None:
        if faults:
            self._section("RECORDED", "nobody is notified of these")
        self._lines.table(
            [
                Cell(fault.severity, STYLES[fault.severity]), Cell(f"{fault.count:,}x"),
                Cell(fault.issue), Cell(f"{fault.title}; {fault.mark or 'information only'}"),
            ]
            for fault in faults
        )  # fmt: skip

    def _not_understood(self) -> None:
        if self._report.not_understood:
            self._section("NOT UNDERSTOOD")
        for note in self._report.not_understood:
            self._lines.paragraph(note, 2)

    def _not_known(self) -> None:
        if self._report.not_known:
            self._section("NOT KNOWN")
        for gap in self._report.not_known:
            self._lines.paragraph(gap.what + (f"; to know: {gap.remedy}" if gap.remedy else ""), 2)

    def _left_out(self, count: int, noun: str) -> None:
        if count > 0:
            self._lines.paragraph(f"and {counted(count, f'more {noun}')}: see --top", 4, "dim")


def _rule_row(rule: MissingRule) -> list[Cell]:
    way = "to" if rule.direction == "egress" else "from"
    near = f"nearest: {rule.nearest} {rule.nearest_why}" if rule.nearest else "no rule comes near"
    return [
        Cell(f"{rule.packets:,}x"),
        Cell(f"{rule.direction} of {rule.decider} {way} {rule.peer}: {listed(rule.ports, 6)}"),
        Cell(near, "dim"),
    ]


def _denial_row(denial: Denial) -> list[Cell]:
    return [
        Cell(f"{denial.packets:,}x"),
        Cell(f"{denial_text(denial)}"),
        Cell(f"on {listed(denial.nodes, 2)}" if denial.nodes else "", "dim"),
    ]


def denial_text(denial: Denial) -> str:
    """Return a denied conversation in a line, each name with its address."""
    ends = (
        end.name if not end.addresses or end.name in end.addresses
        else f"{end.name} ({listed(end.addresses, 1)})"
        for end in (denial.source, denial.destination)
    )  # fmt: skip
    return f"{' -> '.join(ends)} port {denial.port} {denial.protocol}"


def plain_text(lines: Iterable[Text]) -> str:
    """Return lines without their styles."""
    return "".join(f"{line.plain.rstrip()}\n" for line in lines)
