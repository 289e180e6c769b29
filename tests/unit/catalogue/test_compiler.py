"""The compiled module is the entries, without what it takes to load them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec

from netpolwatch.catalogue.compiler import compiled_source
from netpolwatch.catalogue.loader import load

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import json, sys
import compiled
sys.modules["netpolwatch.catalogue.compiled"] = compiled
from netpolwatch import Analyzer
told = {
    "ids": list(Analyzer().entries),
    "modules": sorted({name.partition(".")[0] for name in sys.modules}),
}
sys.stdout.write(json.dumps(told))
"""
HEAVY = {"yaml", "pydantic", "typer", "rich", "boto3", "botocore"}


def test_the_compiled_module_equals_the_entries() -> None:
    # given
    entries = load()
    # when
    namespace: dict[str, object] = {}
    exec(compiled_source(entries), namespace)  # noqa: S102  # our own output
    # then
    assert namespace["ENTRIES"] == entries
    assert compiled_source(entries) == compiled_source(load())


def test_what_a_person_wrote_cannot_leave_its_quotes() -> None:
    # given
    hostile = "'''\"\"\"\\\n}}{data}\u2028\N{GRINNING FACE}"
    entries = tuple(msgspec.structs.replace(entry, title=hostile) for entry in load())
    # when
    namespace: dict[str, object] = {}
    exec(compiled_source(entries), namespace)  # noqa: S102  # our own output
    # then
    assert namespace["ENTRIES"] == entries


def test_a_function_imports_neither_yaml_nor_pydantic(tmp_path: Path) -> None:
    # given
    (tmp_path / "compiled.py").write_text(compiled_source(load()), encoding="utf-8")
    # when
    run = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        check=True,
        env={"PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))},
        timeout=60,
    )
    # then
    told = json.loads(run.stdout)
    assert told["ids"] == [entry.id for entry in load()]
    assert not HEAVY & set(told["modules"])
