"""What a function's imports cost when its container starts: a real bundle, many processes.

The bundle is of the profile `local`: this machine and its interpreter. The SDK, which the Lambda
runtime brings along, is always compiled.
"""

import compileall
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import boto3

from infra.bundle import Profile, build
from netpolwatch.settings import Settings

HANDLERS = ("analyzer", "notifier", "subscriber", "sweeper")
_RUNTIME = ("boto3", "botocore", "dateutil", "s3transfer", "six.py", "urllib3")
_SETTINGS = Settings(clusters={"/aws/eks/demo/cluster": "demo"})
_ENVIRONMENT = {
    "ANALYZER_ARN": "arn:aws:lambda:eu-central-1:111122223333:function:analyzer",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "DASHBOARD_NAME": "netpolwatch",
    "FAILURE_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/111122223333/failures",
    "FINDINGS_TABLE": "findings",
    "KNOWLEDGE_TABLE": "knowledge",
    "FINDINGS_TOPIC_ARN": "arn:aws:sns:eu-central-1:111122223333:findings",
    "OPS_TOPIC_ARN": "arn:aws:sns:eu-central-1:111122223333:ops",
    "SETTLING_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/111122223333/settling",
}


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Milliseconds, medians of whole processes.

    Attributes
    ----------
    interpreter
        CPU time of Python's own start and end, with nothing imported.
    imports, imports_wall
        What importing the handler adds to it, in CPU time and on the clock: medians of paired
        differences. On an idle machine the two are the same.
    """

    handler: str
    bytecode: bool
    runs: int
    interpreter: float
    imports: float
    imports_wall: float


def measure(work: Path, runs: int, handlers: tuple[str, ...] = HANDLERS) -> list[ColdStart]:
    """Build a bundle in `work`, with and without bytecode, and time each handler's import."""
    shutil.rmtree(work, ignore_errors=True)
    compiled, source, runtime = work / "compiled", work / "source", work / "runtime"
    build(compiled, Profile.local(), _SETTINGS)
    shutil.copytree(compiled, source, ignore=shutil.ignore_patterns("__pycache__"))
    _copy_runtime(runtime)
    return [
        _measure(handler, bundle, runtime, runs)
        for handler in handlers
        for bundle in (compiled, source)
    ]


@dataclass(frozen=True, slots=True)
class CatalogueStart:
    """What the compiled catalogue adds to a cold start: CPU milliseconds, medians.

    Attributes
    ----------
    entries
        Importing the module, which decodes them.
    matcher
        Compiling their patterns and anchors.
    """

    entries: float
    matcher: float

    @property
    def whole(self) -> float:
        """Both together."""
        return round(self.entries + self.matcher, 1)


def measure_catalogue(work: Path, runs: int) -> CatalogueStart:
    """Time the catalogue of the bundle that `measure` has built in `work`."""
    paths = f"import sys; sys.path += {[str(work / 'compiled')]!r}"
    without = f"{paths}; from netpolwatch.catalogue.matcher import Matcher"
    decoded = f"{without}; from netpolwatch.catalogue.compiled import ENTRIES"
    ready = f"{decoded}; Matcher(ENTRIES)"
    _time(ready)
    times = [tuple(_time(script).cpu for script in (without, decoded, ready)) for _ in range(runs)]
    return CatalogueStart(
        entries=round(statistics.median(two - one for one, two, _ in times), 1),
        matcher=round(statistics.median(three - two for _, two, three in times), 1),
    )


def _copy_runtime(folder: Path) -> None:
    folder.mkdir(parents=True)
    site_packages = Path(boto3.__file__).parent.parent
    skip = shutil.ignore_patterns("__pycache__", "data", "examples")
    for name in _RUNTIME:
        origin = site_packages / name
        if origin.is_dir():
            shutil.copytree(origin, folder / name, ignore=skip)
        else:
            shutil.copyfile(origin, folder / name)
    compileall.compile_dir(folder, quiet=2, workers=0)


def _measure(handler: str, bundle: Path, runtime: Path, runs: int) -> ColdStart:
    paths = f"import sys; sys.path += {[str(bundle), str(runtime)]!r}"
    script = f"{paths}; from lambdas.{handler}.handler import handle"
    _time(script)  # Fills the machine's file cache, as a warm host has it.
    pairs = [(_time(paths), _time(script)) for _ in range(runs)]
    return ColdStart(
        handler=handler,
        bytecode=bundle.name == "compiled",
        runs=runs,
        interpreter=round(statistics.median(empty.cpu for empty, _ in pairs), 1),
        imports=round(statistics.median(full.cpu - empty.cpu for empty, full in pairs), 1),
        imports_wall=round(statistics.median(full.wall - empty.wall for empty, full in pairs), 1),
    )


class _Times(NamedTuple):
    """Milliseconds of a process."""

    cpu: float
    wall: float


def _time(script: str) -> _Times:
    # Isolated, without site-packages and without writing bytecode, as in a read-only container.
    command = [sys.executable, "-I", "-S", "-B", "-c", script]
    spent, started = _spent_by_children(), time.perf_counter()
    subprocess.run(command, check=True, env=_ENVIRONMENT)  # noqa: S603  # ours
    wall = time.perf_counter() - started
    return _Times((_spent_by_children() - spent) * 1e3, wall * 1e3)


def _spent_by_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
