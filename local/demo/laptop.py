"""The same day without AWS: the command line over the same events."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from local.layout import ROOT


def analyze(events: Path) -> list[dict[str, Any]]:
    """Run `netpolwatch analyze --format json` and return its findings."""
    command = [sys.executable, "-m", "netpolwatch", "analyze", "--format", "json", str(events)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)  # noqa: S603  # ours
    findings: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return findings


def write_page(events: Path, page: Path) -> None:
    """Write the same day's report as a page."""
    command = [
        sys.executable, "-m", "netpolwatch", "analyze", "--format", "html",
        str(events.relative_to(ROOT)),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)  # noqa: S603  # ours
    page.write_bytes(done.stdout)
