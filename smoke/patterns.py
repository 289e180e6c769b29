"""`python -m smoke.patterns`: our subscription patterns, tried by CloudWatch Logs itself.

Asks `logs:TestMetricFilter`, which any credentials may be given and which makes nothing, whether
it takes the three generated patterns, and what of the catalogue's lines each passes; compares that
with our own evaluator. Exit 1: a pattern is refused, or a line that has to be read does not pass.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError

from local.emulator import Emulator
from netpolwatch.catalogue.loader import load_files
from netpolwatch.configuration import ClusterConfig, Config
from netpolwatch.subscription.pattern import parse

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_SCHEMA = "netpolwatch/smoke-patterns/v1"
_MESSAGES_A_CALL = 50
_BYTES_A_CALL = 500_000
_SHOWN = 5
_SHOWN_CHARS = 300
_QUICKSTART = Path(__file__).resolve().parent.parent / "samples" / "quickstart.jsonl"

# Words that hold a term of the pattern and are longer: the guide's examples match them.
_LONGER_WORDS = ("xPolicyVerdicts", "Namespaces", "aNodeGroup", "goroutines")


@dataclass(frozen=True, slots=True)
class Tried:
    """What CloudWatch Logs did with a pattern.

    Attributes
    ----------
    refused
        Why it does not take the pattern; empty where it does.
    missing
        Messages that have to pass by either reading of a term, and did not: the first few.
    surplus
        Messages that pass by neither reading, and did.
    within_words
        Messages, of those that the two readings judge differently, that pass as the guide's
        examples do: within a longer word.
    """

    pattern: str
    chars: int
    refused: str
    messages: int
    passed: int
    missing: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    judged_differently: int = 0
    within_words: int = 0

    @property
    def holds(self) -> bool:
        """Whether the pattern can be deployed: it is taken, and loses nothing."""
        return not self.refused and not self.missing


def patterns() -> dict[str, str]:
    """Return the generated patterns of the catalogue by name."""
    cluster = ClusterConfig(name="smoke")
    (folded,) = Config(clusters=(cluster,), subscription_patterns="folded").patterns()
    text, audit = Config(clusters=(cluster,), subscription_patterns="split").patterns()
    return {"folded": folded, "split text": text, "split audit": audit}


def messages() -> list[str]:
    """Return what the patterns are tried on: the catalogue's own lines, and a sample's."""
    lines = [
        text
        for file in load_files().values()
        for example in (*file.examples, *file.counterexamples)
        for text in example.texts
    ]
    quickstart = _QUICKSTART.read_text(encoding="utf-8").splitlines()
    lines += [json.loads(line)["message"] for line in quickstart]
    return [line for line in dict.fromkeys((*lines, *_LONGER_WORDS)) if line.strip()]


def tried(logs: "CloudWatchLogsClient", name: str, pattern: str, lines: Sequence[str]) -> Tried:
    """Try one pattern on every line."""
    try:
        passed = _passed(logs, pattern, lines)
    except ClientError as error:
        return Tried(name, len(pattern), str(error), len(lines), 0)
    whole = parse(pattern)
    within = parse(pattern, within_words=True)
    either = {line: (whole.matches(line), within.matches(line)) for line in lines}
    differing = {line for line, (as_whole, as_part) in either.items() if as_whole != as_part}
    agreed = {line for line in lines if line not in differing and either[line][0]}
    follows = {line for line in differing if (line in passed) == either[line][1]}
    return Tried(
        pattern=name,
        chars=len(pattern),
        refused="",
        messages=len(lines),
        passed=len(passed),
        missing=_shown(agreed - passed),
        surplus=_shown(passed - agreed - differing),
        judged_differently=len(differing),
        within_words=len(follows),
    )


def report(logs: "CloudWatchLogsClient") -> dict[str, Any]:
    """Try all patterns; what comes out can be pasted into an issue: it names no account."""
    lines = messages()
    results = [tried(logs, name, pattern, lines) for name, pattern in patterns().items()]
    return {
        "schema": _SCHEMA,
        "region": logs.meta.region_name,
        "holds": all(result.holds for result in results),
        "patterns": [asdict(result) for result in results],
    }


def _passed(logs: "CloudWatchLogsClient", pattern: str, lines: Sequence[str]) -> set[str]:
    return {
        batch[match["eventNumber"] - 1]
        for batch in _batches(lines)
        for match in logs.test_metric_filter(filterPattern=pattern, logEventMessages=batch)[
            "matches"
        ]
    }


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for line in lines:
        if batch and (len(batch) == _MESSAGES_A_CALL or size + len(line) > _BYTES_A_CALL):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    if batch:
        yield batch


def _shown(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(line[:_SHOWN_CHARS] for line in sorted(lines)[:_SHOWN])


def main() -> int:
    """Print the report; exit 1 where a pattern cannot be deployed as it is."""
    parser = argparse.ArgumentParser(prog="python -m smoke.patterns", description=__doc__)
    parser.add_argument("--emulator", action="store_true", help="ask an emulator, not an account")
    if parser.parse_args().emulator:
        with tempfile.TemporaryDirectory() as folder, Emulator.started(Path(folder)) as emulator:
            found = report(emulator.client("logs"))
    else:
        patient = ClientConfig(retries={"mode": "adaptive", "max_attempts": 10})
        found = report(boto3.client("logs", config=patient))
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
