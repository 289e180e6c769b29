"""What a command imports before it does its work: modules are counted, for no load changes them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import netpolwatch
from netpolwatch.cli.commands import COMMANDS
from netpolwatch.cli.deferred import load
from tests.unit.cli.running import DENY, ROOT, event

PROBE = """
import json, sys
sys.argv[0] = "netpolwatch"
from netpolwatch.cli.main import run
try:
    run()
finally:
    sys.stdout.flush()
    json.dump(sorted(sys.modules), sys.stderr)
"""
ENGINE = ("netpolwatch.analysis", "netpolwatch.catalogue.model", "netpolwatch.flows")
HEAVY = ("boto3", "pydantic", "yaml", "asyncio", "netpolwatch.aws")


def imported(*arguments: str | Path, environment: dict[str, str] | None = None) -> set[str]:
    """Return the modules that a run of the command has imported at its end."""
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", PROBE, *map(str, arguments)],
        capture_output=True,
        env=os.environ | (environment or {}),
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    return set(json.loads(done.stderr))


def completion(words: str) -> dict[str, str]:
    return {
        "_NETPOLWATCH_COMPLETE": "complete_bash", "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }  # fmt: skip


def test_the_help_imports_no_engine() -> None:
    modules = imported("--help")
    assert not modules & {*ENGINE, *HEAVY, "rich", "msgspec", "importlib.metadata"}
    assert len(modules) <= 250


def test_the_names_of_commands_are_completed_without_their_modules() -> None:
    modules = imported(environment=completion("netpolwatch an"))
    # Typer reads the value of an option by pydantic.
    assert not modules & {*ENGINE, *HEAVY, "msgspec"} - {"pydantic"}
    assert len(modules) <= 350


@pytest.mark.parametrize("declaration", COMMANDS, ids=lambda declaration: declaration.name)
def test_a_deferred_command_is_what_the_table_says(declaration: object) -> None:
    declared = next(each for each in COMMANDS if each is declaration)
    command = load(declared)
    first = " ".join((command.help or "").split("\n\n")[0].split())
    assert (command.name, first.rstrip(".")) == (declared.name, declared.summary)


def test_the_package_offers_its_names_though_it_imports_them_late() -> None:
    for name in netpolwatch.__all__:
        assert getattr(netpolwatch, name) is not None
    assert set(netpolwatch.__all__) <= set(dir(netpolwatch))
    with pytest.raises(AttributeError, match="no attribute 'Analyser'"):
        netpolwatch.Analyser  # noqa: B018


def test_a_line_is_parsed_without_reports_and_aws(tmp_path: Path) -> None:
    # given our entries compiled by an earlier run
    file = tmp_path / "events.jsonl"
    file.write_text(event(DENY))
    cache = {"XDG_CACHE_HOME": str(tmp_path)}
    imported("parse", file, environment=cache)
    # when
    modules = imported("parse", file, environment=cache)
    # then
    assert not modules & {"boto3", "netpolwatch.aws", "asyncio", "rich", "yaml"}
    assert "netpolwatch.catalogue.schema" not in modules
    assert len(modules) <= 600


def test_a_configuration_is_checked_without_the_schema_of_entries(tmp_path: Path) -> None:
    sample = ROOT / "samples" / "netpolwatch.yaml"
    cache = {"XDG_CACHE_HOME": str(tmp_path)}
    imported("config", "check", sample, environment=cache)
    modules = imported("config", "check", sample, environment=cache)
    assert not modules & {"boto3", "netpolwatch.aws", "asyncio", "rich"}
    assert len(modules) <= 500
