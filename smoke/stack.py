"""The scratch stack: deployed, read and destroyed by the CDK's CLI."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from local.layout import ROOT
from smoke.account import Account

NAME = "npw-smoke"
CLUSTER = "npw-smoke"
GROUP = f"/aws/eks/{CLUSTER}/cluster"

_CDK = ROOT / "node_modules" / ".bin" / "cdk"
_CACHES = {
    "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(ROOT / "build" / "jsii"),
    "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv")),
}
_TIMEOUT_SECONDS = 1800
_SHOWN_LINES = 20


class CdkError(Exception):
    """The CDK failed; the message ends with what it said last."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The scratch stack in one region."""

    account: Account
    folder: Path

    def synthesize(self) -> None:
        """Synthesize, once for all regions: the template names none."""
        config = self.folder / "netpolwatch.yaml"
        config.write_text(
            f"stack_name: {NAME}\nclusters: [{{name: {CLUSTER}}}]\n", encoding="utf-8"
        )
        chosen = ("-c", f"config={config}", "-c", f"profile={self.account.profile}")
        self._cdk("synth", "--quiet", "--output", str(self.assembly), *chosen)

    def deploy(self) -> dict[str, str]:
        """Bootstrap and deploy; returns the outputs by name."""
        outputs = self.folder / f"outputs-{self.account.region}.json"
        place = f"aws://{self.account.id}/{self.account.region}"
        self._cdk("bootstrap", "--app", str(self.assembly), place)
        self._cdk(
            *("deploy", "--app", str(self.assembly), "--require-approval", "never"),
            *("--outputs-file", str(outputs), NAME),
        )
        found: dict[str, str] = json.loads(outputs.read_text(encoding="utf-8"))[NAME]
        return found

    def destroy(self) -> None:
        """Delete it; what is not there is no error."""
        self._cdk("destroy", "--app", str(self.assembly), "--force", NAME)

    @property
    def assembly(self) -> Path:
        """Where the synthesized stack lies."""
        return self.folder / "cdk.out"

    def _cdk(self, *arguments: str) -> None:
        command = (str(_CDK), *arguments)
        done = subprocess.run(  # noqa: S603 - our own pinned CLI
            command,
            cwd=ROOT,
            env={**self.account.environment, **_CACHES},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        if done.returncode:
            tail = "\n".join(done.stdout.splitlines()[-_SHOWN_LINES:])
            raise CdkError(f"cdk {arguments[0]} ended with {done.returncode}:\n{tail}")
