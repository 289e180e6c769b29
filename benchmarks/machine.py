"""What the figures were measured on."""

import os
import platform
import zlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("msgspec", "isal", "aws-lambda-powertools", "pydantic", "boto3")
_CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine and its software; `load` is the mean over the last minute before the run."""

    cpu: str
    cores: int
    architecture: str
    system: str
    python: str
    libraries: dict[str, str]
    load: float


def this_machine() -> Machine:
    """Describe the machine that runs this."""
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        architecture=platform.machine(),
        system=platform.system(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        libraries={name: version(name) for name in _LIBRARIES}
        | {"zlib": zlib.ZLIB_RUNTIME_VERSION},
        load=round(os.getloadavg()[0], 1),
    )


def _cpu() -> str:
    if _CPUINFO.exists():
        for line in _CPUINFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
