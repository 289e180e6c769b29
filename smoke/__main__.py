"""`python -m smoke ACCOUNT`: deploys a scratch stack, uses it, deletes it; prints one JSON report.

ACCOUNT is the number of the account that the shell's credentials lead to, or `emulator`. Takes
about twenty minutes in an account and costs some cents. Whatever fails, the stack is destroyed.
Exit 1: a step failed; 2: the account is another one, and nothing was made.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smoke import cleaning
from smoke.account import Account, WrongAccountError, opened
from smoke.proof import Proof, make_group
from smoke.stack import Stack

_SCHEMA = "netpolwatch/smoke/v1"


@dataclass(slots=True)
class Report:
    """What each step came to."""

    steps: list[dict[str, Any]] = field(default_factory=list)

    def step(self, name: str, act: Callable[[], Any]) -> Any:  # noqa: ANN401 - the step's own
        """Run a step and write down how it went; returns None where it failed."""
        started = time.monotonic()
        _say(f"{name} ...")
        try:
            result, error = act(), None
        except Exception as failure:  # noqa: BLE001 - every failure is a line of the report
            result, error = None, f"{type(failure).__name__}: {failure}"
            _say(f"  failed: {error}")
        entry: dict[str, Any] = {"step": name, "ok": error is None}
        entry["seconds"] = round(time.monotonic() - started, 1)
        if error is not None:
            entry["error"] = error
        elif isinstance(result, dict | list):
            entry["found"] = result
        self.steps.append(entry)
        return result

    @property
    def holds(self) -> bool:
        """Whether every step went well."""
        return all(step["ok"] for step in self.steps)


def prove(account: Account, folder: Path, second_region: str) -> Report:
    """Run all steps; what was made is destroyed in any case."""
    report, stack = Report(), Stack(account, folder)
    second = Stack(account.elsewhere(second_region), folder)
    report.step("make the log group", lambda: make_group(account))
    report.step("synthesize", stack.synthesize)
    try:
        outputs = report.step("deploy", stack.deploy)
        if outputs is not None:
            _ask(report, Proof(account, outputs))
            report.step(f"deploy to {second_region}, too", second.deploy)
    finally:
        _clean(report, stack, second)
    return report


def _ask(report: Report, proof: Proof) -> None:
    inbox = report.step("listen to the findings", proof.listen)
    if inbox is not None:
        report.step("events become messages", lambda: proof.events_become_messages(inbox))
    report.step("events are counted", proof.events_are_counted)
    report.step("a corrupt payload is kept", proof.a_corrupt_payload_is_kept)
    report.step("a log group made anew is read again", proof.a_group_made_anew_is_read_again)
    report.step("what the functions report", proof.functions_report)


def _clean(report: Report, *stacks: Stack) -> None:
    for stack in stacks:
        _clean_region(report, stack)


def _clean_region(report: Report, stack: Stack) -> None:
    account = stack.account
    report.step(f"destroy in {account.region}", stack.destroy)
    cleaning.remove_scratch(account)
    left = report.step(f"left over in {account.region}", lambda: cleaning.leftovers(account))
    if left:
        ended = f"end the keys in {account.region}"
        report.step(ended, lambda: cleaning.end_keys(account, left))


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main() -> int:
    """Run the proof and print its report."""
    parser = argparse.ArgumentParser(prog="python -m smoke", description=__doc__)
    parser.add_argument("account", metavar="ACCOUNT")
    parser.add_argument("--second-region", default="eu-west-1")
    arguments = parser.parse_args()
    started = time.monotonic()
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            opened(arguments.account, Path(folder)) as account,
        ):
            report = prove(account, Path(folder), arguments.second_region)
            place, number = account.region, account.id
    except WrongAccountError as error:
        _say(str(error))
        return 2
    document = {
        "schema": _SCHEMA,
        "where": "emulator" if arguments.account == "emulator" else "account",
        "region": place,
        "holds": report.holds,
        "seconds": round(time.monotonic() - started),
        "steps": report.steps,
    }
    # It is made to be pasted into an issue.
    sys.stdout.write(json.dumps(document, indent=1).replace(number, "ACCOUNT") + "\n")
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main())
