"""`python -m tests.fuzz` runs every target under atheris, a process each; see `make fuzz`.

`python -m tests.fuzz NAME` runs one, `python -m tests.fuzz NAME --input FILE` repeats a finding.
"""

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

from tests.fuzz.minimal import failure, minimal
from tests.fuzz.mutation import ODD
from tests.fuzz.seeds import ROOT

_WORK = ROOT / "build" / "fuzz"
_SLOW_SECONDS = 10
_MEMORY_MB = 1024
_TARGETS = sorted(path.stem for path in Path(__file__).parent.glob("targets/[a-z]*.py"))


def main() -> int:
    """Run what was asked for; 1 when something was found."""
    options = _options()
    if options.input is not None:
        return _repeat(options.target, options.input)
    if options.target is not None:
        return _fuzz(options.target, options.seconds)
    with ThreadPoolExecutor(options.jobs) as pool:
        found = list(pool.map(lambda name: _in_process(name, options.seconds), _TARGETS))
    return int(any(found))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", nargs="?", choices=_TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=1, help="targets at the same time")
    parser.add_argument("--input", type=Path, help="a file to run the target with, once")
    return parser.parse_args()


def _in_process(name: str, seconds: int) -> bool:
    """Fuzz one target in its own process; tell in a line how it went, and the smallest input."""
    before = set(_WORK.glob(f"{name}/finding-*"))
    command = [sys.executable, "-m", "tests.fuzz", name, "--seconds", str(seconds)]
    log = _WORK / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        code = subprocess.run(  # noqa: S603  # ours
            command, stdout=output, stderr=subprocess.STDOUT, check=False, cwd=ROOT
        ).returncode
    findings = sorted(set(_WORK.glob(f"{name}/finding-*")) - before)
    new = len(list((_WORK / name / "corpus").iterdir()))
    print(f"{name:20} {'FOUND' if code else 'ok':6} corpus {new:5}  {_last_count(log)}", flush=True)  # noqa: T201
    for path in findings:
        repeat = [sys.executable, "-m", "tests.fuzz", name, "--input", str(path)]
        subprocess.run(repeat, check=False, cwd=ROOT)  # noqa: S603  # ours
    return bool(code)


def _last_count(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line for line in reversed(lines) if line.startswith(("#", "Done"))), "")


def _fuzz(name: str, seconds: int) -> int:
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["netpolwatch"]):
        registry = import_module("tests.fuzz.registry")
        target = registry.load(name)
    corpus, given = _WORK / name / "corpus", _WORK / name / "seeds"
    for folder in (corpus, given):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (given / f"{number:05d}").write_bytes(seed)
    arguments = [
        *(f"-max_total_time={seconds}", f"-timeout={_SLOW_SECONDS}", f"-rss_limit_mb={_MEMORY_MB}"),
        *(f"-artifact_prefix={_WORK / name}/finding-", "-max_len=4096", "-print_final_stats=1"),
        f"-dict={_dictionary()}",
        *(str(corpus), str(given)),
    ]
    atheris.Setup([sys.argv[0], *arguments], target.check)
    atheris.Fuzz()
    return 0


def _dictionary() -> Path:
    """Write libFuzzer's dictionary: no coverage leads it to a Unicode digit by itself."""
    path = _WORK / "dictionary"
    entries = ("".join(f"\\x{byte:02x}" for byte in odd) for odd in ODD)
    path.write_text("".join(f'"{entry}"\n' for entry in entries), encoding="ascii")
    return path


def _repeat(name: str, path: Path) -> int:
    target = import_module("tests.fuzz.registry").load(name)
    data = path.read_bytes()
    found = failure(target.check, data)
    if found is None:
        print(f"  {path.name}: nothing is wrong with it when run by itself")  # noqa: T201
        return 0
    print(f"  {path.name}: {found!a}\n  smallest: {minimal(target.check, data)!r}")  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
