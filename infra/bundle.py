"""The one folder that all functions run from: our code, its packages, and what synth decided.

Two profiles go through one code path: `aws` fetches wheels for the Lambda service, `local` for
this machine. No Docker. The same input gives the same bytes.

Both run on the Python that builds them: Lambda's runtime is the one of the interpreter that runs
this. So the bytecode is always there and always fits, and what the tests ran is what is deployed.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import aws_cdk as cdk
import jsii
import msgspec
from aws_cdk import aws_lambda as lambda_

from infra import licences
from netpolwatch.catalogue.model import Entry
from netpolwatch.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements" / "runtime.txt"
OWN_PACKAGES = ("lambdas", "netpolwatch")

# What only a laptop or the build needs: it would bring Typer, rich, pydantic and YAML along.
_LEFT_OUT = (
    "netpolwatch/__main__.py",
    "netpolwatch/analysis/proof.py",
    "netpolwatch/cli",
    "netpolwatch/kubernetes/snapshot_yaml.py",
    "netpolwatch/doctor/recipes.py",
    "netpolwatch/reporting/diagnosis.py",
    "netpolwatch/reporting/explanation.py",
    "netpolwatch/reporting/plan.py",
    "netpolwatch/catalogue/entries",
    "netpolwatch/catalogue/event_lists.py",
    "netpolwatch/catalogue/loader.py",
    "netpolwatch/catalogue/private.py",
    "netpolwatch/catalogue/rights",
    "netpolwatch/catalogue/rights_files.py",
    "netpolwatch/catalogue/schema.py",
    "netpolwatch/correlation/proof.py",
)
_COMPILED_CATALOGUE = "netpolwatch/catalogue/compiled.py"

# No package reads its own metadata at run time; scripts and type stubs serve a development
# environment only.
_PRUNED = ("*.dist-info", "bin", ".lock", "**/*.pyi", "**/py.typed", "**/tests", "**/__pycache__")

_LAMBDA_PYTHONS = ((3, 11), (3, 12), (3, 13), (3, 14))


class BundleError(Exception):
    """The bundle cannot be built; the text names the step and what it said."""


@dataclass(frozen=True)
class Profile:
    """What a bundle is built for.

    Attributes
    ----------
    wheels
        The arguments by which uv chooses wheels.
    python
        Major and minor version of the interpreter that will run the bundle.
    """

    name: str
    python: tuple[int, int]
    machine: str
    wheels: tuple[str, ...]

    @classmethod
    def aws(cls) -> Self:
        """Build for the Lambda service: arm64, and this interpreter's version.

        Raises `BundleError` where Lambda has no runtime of this version.
        """
        python = sys.version_info[:2]
        if python not in _LAMBDA_PYTHONS:
            known = ", ".join(map(_version, _LAMBDA_PYTHONS))
            raise BundleError(f"Lambda runs Python {known}, not {_version(python)}")
        platform_tag = "aarch64-manylinux_2_28"
        wheels = ("--python-platform", platform_tag, "--python-version", _version(python))
        return cls("aws", python, "arm64", wheels)

    @classmethod
    def local(cls) -> Self:
        """Build for this very interpreter and CPU: an emulator runs functions as processes."""
        machine = "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
        return cls("local", sys.version_info[:2], machine, ("--python", sys.executable))

    @classmethod
    def named(cls, name: str) -> Self:
        """Look up `aws` or `local`; raises `BundleError` for another name."""
        profiles = {"aws": cls.aws, "local": cls.local}
        if name not in profiles:
            raise BundleError(f"there is no profile {name!r}: choose aws or local")
        return profiles[name]()

    @property
    def runtime(self) -> lambda_.Runtime:
        """Lambda's name of the interpreter."""
        return lambda_.Runtime(f"python{_version(self.python)}", lambda_.RuntimeFamily.PYTHON)

    @property
    def architecture(self) -> lambda_.Architecture:
        """Lambda's name of the CPU."""
        return lambda_.Architecture.custom(self.machine)


def code(
    profile: Profile, settings: Settings, entries: Sequence[Entry] | None = None
) -> lambda_.Code:
    """Describe the asset of all functions, named by a hash over its content, built when needed.

    `entries` is the catalogue that it carries; ours if there is none.
    """
    return lambda_.Code.from_asset(
        str(ROOT / "lambdas"),
        asset_hash_type=cdk.AssetHashType.OUTPUT,
        bundling=cdk.BundlingOptions(
            # Never pulled: the local bundler always answers.
            image=cdk.DockerImage.from_registry("unused"),
            local=_Bundler(profile, settings, entries),
        ),
    )


def build(
    output: Path, profile: Profile, settings: Settings, entries: Sequence[Entry] | None = None
) -> None:
    """Fill `output`, an empty or missing folder, with all that a function runs from.

    Raises
    ------
    BundleError
        A package cannot be fetched, or the interpreter refuses our source.
    """
    output.mkdir(parents=True, exist_ok=True)
    _install_packages(output, profile)
    for source in _own_sources():
        target = output / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    (output / _COMPILED_CATALOGUE).write_text(_compiled(entries), encoding="utf-8")
    (output / "settings.json").write_bytes(msgspec.json.encode(settings, order="deterministic"))
    _write_bytecode(output)


@jsii.implements(cdk.ILocalBundling)
class _Bundler:
    """Hands the CDK's request to `build`."""

    def __init__(
        self, profile: Profile, settings: Settings, entries: Sequence[Entry] | None
    ) -> None:
        self._profile = profile
        self._settings = settings
        self._entries = entries

    def try_bundle(self, output_dir: str, *_options: object, **_named: object) -> bool:
        build(Path(output_dir), self._profile, self._settings, self._entries)
        return True


def _install_packages(output: Path, profile: Profile) -> None:
    locked = ("--only-binary", ":all:", "--require-hashes", "-r", str(REQUIREMENTS))
    # Not hard links into uv's cache: what is done to a bundle stays in the bundle.
    target = ("--link-mode", "copy", "--target", str(output))
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet"]
    _run("fetching the functions' packages", [*install, *locked, *profile.wheels, *target])
    try:
        licences.collect(output, ROOT / "LICENSE")
    except licences.MissingLicenceError as error:
        raise BundleError(str(error)) from error
    for pattern in _PRUNED:
        for path in list(output.glob(pattern)):
            _remove(path)


def _own_sources() -> Iterator[Path]:
    left_out = tuple(ROOT / name for name in _LEFT_OUT)
    for package in OWN_PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not any(path.is_relative_to(prefix) for prefix in left_out):
                yield path


def _compiled(entries: Sequence[Entry] | None) -> str:
    # Imported here: pydantic and YAML are the build's business, not that of whoever imports us.
    from netpolwatch.catalogue.compiler import compiled_source  # noqa: PLC0415
    from netpolwatch.catalogue.loader import load  # noqa: PLC0415

    return compiled_source(load() if entries is None else entries)


def _write_bytecode(output: Path) -> None:
    # Assets lose their times on the way, so a .pyc that compares times would always be stale;
    # and the running function cannot replace it, as its folder is read-only.
    unchecked = ("--invalidation-mode", "unchecked-hash")
    # Without the folder's own path inside, so that two builds are the same.
    compile_all = [sys.executable, "-m", "compileall", "-q", "-j", "0", *unchecked]
    _run("compiling the bundle", [*compile_all, "-s", str(output), str(output)])


def _run(step: str, command: list[str]) -> str:
    # A fixed hash seed: the order of a set constant is part of the bytecode.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        command, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise BundleError(f"{step} failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def _version(python: tuple[int, int]) -> str:
    return ".".join(map(str, python))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
