"""How long a node bundle takes to be read: inflated, split into lines, and no more.

`python -m benchmarks.node_bundle --megabytes 1000` is the issue's size; a bundle is written to a
temporary file first.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from netpolwatch.cli.bundles import open_bundle
from netpolwatch.ingest.bundle.blocks import Block
from netpolwatch.ingest.plain import lines_of, texts_of
from samples.bundle import FILE_NAME

_MEGABYTE = 1_000_000


class BundleRow(NamedTuple):
    """One way of reading; CPU time is what counts on a machine that others use."""

    way: str
    megabytes: float
    lines: int
    seconds: float
    cpu_seconds: float
    peak_megabytes: float


WAYS: dict[str, Callable[[Block], int]] = {
    "blocks": lambda block: block.data.count(b"\n"),
    "lines as bytes": lambda block: len(lines_of(block.data)),
    "lines as text": lambda block: len(texts_of(block.data)),
}


def measure(megabytes: int = 1_000) -> list[BundleRow]:
    """Write a bundle of that much log text and read it in each way."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FILE_NAME)
        # In another process: to write one takes memory that reading must not answer for.
        command = [sys.executable, "-m", "samples.bundle", "--megabytes", str(megabytes)]
        subprocess.run([*command, "--out", path], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        return [_row(path, way, count) for way, count in WAYS.items()]


def _row(path: Path, way: str, count: Callable[[Block], int]) -> BundleRow:
    began, began_cpu = time.perf_counter(), time.process_time()
    bundle = open_bundle(path, lambda _size: None)
    lines = sum(count(block) for block in bundle.blocks())
    seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    # Linux counts in KB.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return BundleRow(way, bundle.bytes_read / _MEGABYTE, lines, seconds, cpu, peak)


def main() -> None:
    """Print a row a way."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.node_bundle", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1_000)
    for row in measure(parser.parse_args().megabytes):
        sys.stdout.write(
            f"{row.way:16} {row.megabytes:8,.0f} MB {row.lines:11,} lines {row.seconds:6.2f} s"
            f" {row.cpu_seconds:6.2f} s CPU, peak {row.peak_megabytes:.0f} MB\n"
        )


if __name__ == "__main__":
    main()
