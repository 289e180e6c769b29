"""Inputs rebuilt from public reports, run as a person runs them and scored by their labels.

`python -m tests.corpus.reports` prints the score and what is not as expected.
"""

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from typer.testing import CliRunner

from netpolwatch.catalogue.model import SEVERITIES
from netpolwatch.cli.main import app

_FILE: Final = Path(__file__).with_name("reports.jsonl")
_SNAPSHOT: Final = "\n--- snapshot ---\n"
_BOUND: Final = re.compile(
    r"(?P<operator>>=|<=)? ?(?P<severity>none|info|low|medium|high|critical)"
)
_NONE_FROM: Final = re.compile(r"none >= (?P<severity>\w+)")
_VERSION: Final = re.compile(r"--vpc-cni-version (\S+)")


@dataclass(frozen=True)
class Report:
    """One input, how it is run, and what must come out."""

    id: str
    source: str
    title: str
    kind: str
    input: str
    how: str
    expected: dict[str, Any]


@cache
def reports() -> tuple[Report, ...]:
    """Return all inputs, in the order of the file."""
    lines = _FILE.read_text(encoding="utf-8").split("\n")
    return tuple(Report(**json.loads(line)) for line in lines if line)


@dataclass
class Outcome:
    """What the commands print for one input; each command runs when it is asked for.

    Attributes
    ----------
    folder
        Where the input is written.
    """

    report: Report
    folder: Path
    _file: Path = field(init=False)
    _options: list[str] = field(init=False)

    def __post_init__(self) -> None:
        """Write the input as files."""
        text, _, snapshot = self.report.input.partition(_SNAPSHOT)
        self._file = self.folder / "input.log"
        self._file.write_text(text, encoding="utf-8", newline="")
        self._options = []
        if snapshot:
            place = self.folder / "snapshot.yaml"
            place.write_text(snapshot, encoding="utf-8")
            self._options = ["--snapshot", str(place)]

    @cached_property
    def parsed(self) -> list[dict[str, Any]]:
        """The objects of `parse`."""
        return _objects(_run("parse", str(self._file)))

    @cached_property
    def analyzed(self) -> dict[str, Any]:
        """The document of `analyze --format json`."""
        document: dict[str, Any] = json.loads(self._analyze("--format", "json"))
        return document

    @cached_property
    def text(self) -> str:
        """The text of `analyze`, without the breaks of a narrow terminal."""
        return " ".join(self._analyze().split())

    @cached_property
    def explained(self) -> list[dict[str, Any]]:
        """The objects of `explain`."""
        return _objects(_run("explain", "--format", "jsonl", *self._options, str(self._file)))

    @property
    def flows(self) -> list[dict[str, Any]]:
        """The flows of `parse`."""
        return [each for each in self.parsed if each["kind"] == "flow"]

    @property
    def sightings(self) -> list[dict[str, Any]]:
        """The sightings of `parse`."""
        return [each for each in self.parsed if each["kind"] == "sighting"]

    @property
    def issues(self) -> set[str]:
        """The ids of all issues that `parse` names."""
        of_flows = {issue for flow in self.flows for issue in flow["issues"]}
        return of_flows | {each["issue"] for each in self.sightings}

    def _analyze(self, *options: str) -> str:
        version = _VERSION.search(self.report.how)
        given = ["--vpc-cni-version", version[1]] if version else []
        return _run("analyze", *options, *given, *self._options, str(self._file))


def differences(report: Report) -> list[str]:
    """Return what does not come out as expected, in words; empty where all of it does."""
    with tempfile.TemporaryDirectory() as folder:
        outcome = Outcome(report, Path(folder))
        return [
            f"{key}: {problem}"
            for key, expected in report.expected.items()
            for problem in _CHECKS[key](outcome, expected)
        ]


def _run(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments)
    if done.exit_code:
        raise AssertionError(f"{arguments}: exit code {done.exit_code}: {done.stderr}")
    return done.stdout


def _objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.split("\n") if line]


def _flows(outcome: Outcome, expected: int | list[dict[str, Any]]) -> Iterator[str]:
    count = expected if isinstance(expected, int) else len(expected)
    counted = outcome.analyzed["input"]["flows"]
    if (len(outcome.flows), counted) != (count, count):
        yield f"{len(outcome.flows)} parsed and {counted} analyzed instead of {count}"
    elif isinstance(expected, list):
        ends = [
            {
                "source": flow["source"]["ip"],
                "destination": flow["destination"]["ip"],
                "verdict": flow["verdict"],
            }
            for flow in outcome.flows
        ]
        if ends != expected:
            yield f"{ends}"


def _sip(outcome: Outcome, expected: str) -> Iterator[str]:
    if {flow["source"]["ip"] for flow in outcome.flows} != {expected}:
        yield "another source"


def _dport(outcome: Outcome, expected: int) -> Iterator[str]:
    if {flow["destination"]["port"] for flow in outcome.flows} != {expected}:
        yield "another destination port"


def _verdict(outcome: Outcome, expected: str) -> Iterator[str]:
    if {flow["verdict"] for flow in outcome.flows} != {expected}:
        yield "another verdict"


def _dispositions(outcome: Outcome, expected: list[str]) -> Iterator[str]:
    dispositions = [flow["disposition"] for flow in outcome.flows]
    if dispositions != expected:
        yield f"{dispositions}"


def _not_dispositions(outcome: Outcome, expected: list[str]) -> Iterator[str]:
    dispositions = {flow["disposition"] for flow in outcome.flows}
    if dispositions & set(expected):
        yield f"{dispositions}"


def _not_reason(outcome: Outcome, expected: str) -> Iterator[str]:
    if any(expected in reason for flow in outcome.flows for reason in flow["reasons"]):
        yield "given as a reason"


def _kinds(outcome: Outcome, expected: list[str]) -> Iterator[str]:
    kinds = [each["kind"] for each in outcome.parsed]
    if kinds != expected:
        yield f"{kinds}"


def _issues(outcome: Outcome, expected: list[str]) -> Iterator[str]:
    if not set(expected) <= outcome.issues:
        yield f"{sorted(outcome.issues)}"


def _issues_any(outcome: Outcome, expected: list[str]) -> Iterator[str]:
    if not set(expected) & outcome.issues:
        yield f"{sorted(outcome.issues)}"


def _any_issue(outcome: Outcome, _expected: bool) -> Iterator[str]:
    if not outcome.issues:
        yield "none"


def _no_issue(outcome: Outcome, _expected: bool) -> Iterator[str]:
    if outcome.issues:
        yield f"{sorted(outcome.issues)}"


def _issues_per_line(outcome: Outcome, expected: list[list[str]]) -> Iterator[str]:
    found = [flow["issues"] for flow in outcome.flows]
    fit = len(found) == len(expected) and all(
        set(wished) <= set(issues) for wished, issues in zip(expected, found, strict=True)
    )
    if not fit:
        yield f"{found}"


def _fields(outcome: Outcome, expected: dict[str, Any]) -> Iterator[str]:
    if not any(expected.items() <= each["fields"].items() for each in outcome.sightings):
        yield f"{[each['fields'] for each in outcome.sightings]}"


def _findings(outcome: Outcome, expected: str | dict[str, str]) -> Iterator[str]:
    found = {each["issue"]: each["severity"] for each in outcome.analyzed["findings"]}
    if isinstance(expected, str):
        if not _bounds_all(expected, found):
            yield f"{found}"
        return
    for issues, bound in expected.items():
        severities = [found[issue] for issue in re.split(r" \| | or ", issues) if issue in found]
        if not any(_within(bound, severity) for severity in severities):
            yield f"{found}"


def _bounds_all(expected: str, found: dict[str, str]) -> bool:
    below = _NONE_FROM.match(expected)
    if below:
        return all(_rank(severity) < _rank(below["severity"]) for severity in found.values())
    if expected.startswith("none"):
        return not found
    return all(_within(expected, severity) for severity in found.values())


def _within(expected: str, severity: str) -> bool:
    bound = _BOUND.match(expected)
    if bound is None:
        raise AssertionError(f"no bound: {expected}")
    difference = _rank(severity) - _rank(bound["severity"])
    return {">=": difference >= 0, "<=": difference <= 0}.get(bound["operator"], not difference)


def _rank(severity: str) -> int:
    return [str(each) for each in SEVERITIES].index(severity)


def _sightings(outcome: Outcome, expected: list[str]) -> Iterator[str]:
    found = {each["issue"] for each in outcome.sightings}
    if not set(expected) <= found:
        yield f"{sorted(found)}"


def _text_has(outcome: Outcome, expected: list[str]) -> Iterator[str]:
    yield from (f"no {each}" for each in expected if each not in outcome.text)


def _text_lacks_only_selector(outcome: Outcome, _expected: bool) -> Iterator[str]:
    """A remedy that selects pods must have a twin that names the addresses."""
    if "podSelector" in outcome.text and "ipBlock" not in outcome.text:
        yield "only selectors"


def _text_lacks(outcome: Outcome, expected: str) -> Iterator[str]:
    if expected in outcome.text:
        yield "in the report"


def _agent(outcome: Outcome, expected: str) -> Iterator[str]:
    if f"agent {expected}" not in outcome.text:
        yield "not in the report"


def _disposition(outcome: Outcome, expected: str) -> Iterator[str]:
    dispositions = {each["disposition"] for each in outcome.explained}
    if dispositions != {expected}:
        yield f"{dispositions}"


def _isolating(outcome: Outcome, expected: list[str]) -> Iterator[str]:
    isolating = [each["isolating"] for each in outcome.explained]
    if any(each != expected for each in isolating):
        yield f"{isolating}"


def _isolating_any(outcome: Outcome, expected: list[str]) -> Iterator[str]:
    isolating = {policy for each in outcome.explained for policy in each["isolating"]}
    if not isolating & set(expected):
        yield f"{isolating}"


def _nearest(outcome: Outcome, expected: str) -> Iterator[str]:
    nearest = {(each["nearest_miss"] or {}).get("policy") for each in outcome.explained}
    if nearest != {expected}:
        yield f"{nearest}"


def _sentence_has_any(outcome: Outcome, expected: list[str]) -> Iterator[str]:
    sentences = [each["sentence"] for each in outcome.explained]
    if not any(words in sentence for words in expected for sentence in sentences):
        yield f"{sentences}"


_CHECKS: Final[dict[str, Callable[[Outcome, Any], Iterator[str]]]] = {
    "flows": _flows, "sip": _sip, "dport": _dport, "verdict": _verdict,
    "dispositions": _dispositions, "not_dispositions": _not_dispositions,
    "not_reason": _not_reason, "kinds": _kinds, "issues": _issues, "issues_any": _issues_any,
    "any_issue": _any_issue, "no_issue": _no_issue, "issues_per_line": _issues_per_line,
    "fields": _fields, "findings": _findings, "sightings": _sightings, "text_has": _text_has,
    "text_lacks_only_selector": _text_lacks_only_selector, "not": _text_lacks, "agent": _agent,
    "disposition": _disposition, "isolating": _isolating, "isolating_any": _isolating_any,
    "nearest": _nearest, "sentence_has_any": _sentence_has_any,
}  # fmt: skip


def main() -> None:
    """Print the score, and what is not as expected."""
    found = {report.id: differences(report) for report in reports()}
    for name, problems in found.items():
        sys.stdout.writelines(f"{name}: {problem[:300]}\n" for problem in problems)
    passed = sum(not problems for problems in found.values())
    sys.stdout.write(f"{passed} of {len(found)} as expected\n")


if __name__ == "__main__":
    main()
