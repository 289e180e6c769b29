"""The real app, deployed by the real CDK to an emulator."""

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.emulator import Emulator
from local.layout import ACCOUNT, REGION, ROOT

_CDK = ROOT / "node_modules" / ".bin" / "cdk"
_STACK = "netpolwatch"
# 207 MB that jsii would unpack anew into each emulator's HOME.
_CACHES = {
    "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(ROOT / "build" / "jsii"),
    # What `make setup` has downloaded needs no network again.
    "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv")),
}
_TIMEOUT_SECONDS = 300
_SHOWN_LINES = 30


class DeploymentError(Exception):
    """The CDK failed; the message ends with what it said last."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack: its outputs by name."""

    outputs: dict[str, str]


def deploy(
    emulator: Emulator,
    config: Path,
    work_dir: Path,
    say: Callable[[str], None] = lambda _step: None,
) -> Deployment:
    """Synthesize once, bootstrap and deploy; raises `DeploymentError`."""
    assembly, outputs = work_dir / "cdk.out", work_dir / "outputs.json"
    say("cdk synth")
    _cdk(emulator, "synth", "--quiet", "--output", str(assembly),
         "-c", "profile=local", "-c", f"config={config}")  # fmt: skip
    say("cdk bootstrap")
    _cdk(emulator, "bootstrap", "--app", str(assembly), f"aws://{ACCOUNT}/{REGION}")
    say("cdk deploy")
    _cdk(emulator, "deploy", "--app", str(assembly), "--require-approval", "never",
         "--outputs-file", str(outputs), _STACK)  # fmt: skip
    return Deployment(json.loads(outputs.read_text(encoding="utf-8"))[_STACK])


def _cdk(emulator: Emulator, *arguments: str) -> None:
    command: Sequence[str] = (str(_CDK), *arguments)
    done = subprocess.run(  # noqa: S603  # our own pinned CLI
        command,
        cwd=ROOT,
        env=emulator.environment() | _CACHES,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-_SHOWN_LINES:])
        raise DeploymentError(f"cdk {arguments[0]} ended with {done.returncode}:\n{tail}")
