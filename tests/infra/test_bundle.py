"""What enters the functions' asset, for the Lambda service and for this machine."""

import hashlib
import platform
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from infra.bundle import ROOT, BundleError, Profile, _write_bytecode, build
from infra.licences import MissingLicenceError, collect
from lambdas.settings import load_settings
from netpolwatch.findings.rules import Rules
from netpolwatch.settings import Settings

SETTINGS = Settings(
    clusters={"/aws/eks/demo/cluster": "demo"}, rules=Rules(repeat_interval_ms=60_000)
)

PACKAGES = {
    "aws_lambda_powertools", "hyperscan", "isal", "jmespath", "msgspec", "re2", "slack",
    "slack_sdk", "typing_extensions.py",
}  # fmt: skip
OURS = {"lambdas", "netpolwatch", "settings.json", "LICENSE", "NOTICE", "licenses"}
FORBIDDEN = {
    *("typer", "click", "rich", "pydantic", "pydantic_core", "yaml", "aws_cdk", "constructs"),
    *("jsii", "cdk_nag", "boto3", "botocore", "s3transfer", "pytest", "moto", "infra", "local"),
}
# What the Lambda runtime brings by itself.
RUNTIME = ("boto3", "botocore", "dateutil", "s3transfer", "six.py", "urllib3")

# Some handlers check theirs when they are imported.
ENVIRONMENT = {
    "ANALYZER_ARN": "arn:aws:lambda:eu-west-1:123456789012:function:analyzer",
    "AWS_REGION": "eu-west-1",
    "DASHBOARD_NAME": "netpolwatch",
    "FAILURE_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/failures",
    "FINDINGS_TABLE": "findings",
    "FINDINGS_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:findings",
    "KNOWLEDGE_TABLE": "knowledge",
    "OPS_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:ops",
    "SETTLING_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/settling",
}
HANDLERS = ("analyzer", "judge", "notifier", "subscriber", "sweeper")

# What a cold start may import, Python's own modules included: a little above what it does.
MAX_MODULES = {
    "analyzer": 380, "judge": 710, "notifier": 665, "subscriber": 580, "sweeper": 615,
}  # fmt: skip

ELF_MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}


@pytest.fixture(scope="session", params=["aws", "local"])
def profile(request: pytest.FixtureRequest) -> Profile:
    return Profile.named(request.param)


@pytest.fixture(scope="session")
def bundle(profile: Profile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(f"bundle-{profile.name}") / "asset"
    build(folder, profile, SETTINGS)
    return folder


@pytest.fixture(scope="session")
def local_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle-handlers") / "asset"
    build(folder, Profile.local(), SETTINGS)
    return folder


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    seen = hashlib.sha256()
    for path in files:
        seen.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return seen.hexdigest()


def test_nothing_else_is_at_the_top(bundle: Path) -> None:
    assert {path.name for path in bundle.iterdir()} - {"__pycache__"} == PACKAGES | OURS


def test_nothing_of_the_build_or_the_laptop_is_inside(bundle: Path) -> None:
    names = {path.stem for path in bundle.iterdir()}
    assert not names & FORBIDDEN
    ours = bundle / "netpolwatch"
    assert not (ours / "cli").exists()
    assert not (ours / "__main__.py").exists()
    assert not (ours / "catalogue" / "entries").exists()
    assert not (ours / "catalogue" / "loader.py").exists()
    assert not (ours / "catalogue" / "schema.py").exists()
    assert not list(bundle.rglob("*.pyi"))
    assert not list(bundle.rglob("*.dist-info"))
    assert not list(bundle.rglob("*.yaml"))


def test_our_own_files_are_all_python(bundle: Path) -> None:
    for package in ("lambdas", "netpolwatch"):
        files = {path.suffix for path in (bundle / package).rglob("*") if path.is_file()}
        assert files <= {".py", ".pyc"}


def test_settings_and_catalogue_are_decided_at_synth(bundle: Path) -> None:
    assert load_settings(bundle / "settings.json") == SETTINGS
    assert (bundle / "netpolwatch" / "catalogue" / "compiled.py").stat().st_size > 0


def test_extension_modules_are_built_for_the_profile(bundle: Path, profile: Profile) -> None:
    modules = list(bundle.rglob("*.so"))
    tag = "cpython-{}{}".format(*profile.python)
    assert modules
    for module in modules:
        assert tag in module.name
        if platform.system() == "Linux" or profile.name == "aws":
            machine = int.from_bytes(module.read_bytes()[18:20], "little")
            assert machine == ELF_MACHINES[profile.machine]


def test_the_same_input_gives_the_same_bytes(
    bundle: Path, profile: Profile, tmp_path: Path
) -> None:
    build(tmp_path / "again", profile, SETTINGS)
    assert digest(tmp_path / "again") == digest(bundle)


def test_bytecode_is_there_and_never_asks_for_a_file_time(bundle: Path) -> None:
    sources = set(bundle.rglob("*.py"))
    compiled = list(bundle.rglob("*.pyc"))
    assert len(compiled) == len(sources)
    for path in compiled:
        # PEP 552: bit 0 says that a hash stands in for the time, bit 1 that it is checked.
        assert path.read_bytes()[4:8] == b"\x01\0\0\0"
        assert str(bundle).encode() not in path.read_bytes()


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runtime")
    site_packages = Path(boto3.__file__).parent.parent
    for name in RUNTIME:
        (folder / name).symlink_to(site_packages / name)
    return folder


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_finds_all_it_imports(local_bundle: Path, runtime: Path, name: str) -> None:
    script = (
        "import sys\n"
        f"sys.path += {[str(local_bundle), str(runtime)]!r}\n"
        f"from lambdas.{name}.handler import handle\n"
        "assert callable(handle)\n"
        f"unwanted = {sorted(FORBIDDEN - set(RUNTIME))!r}\n"
        "assert not [m for m in unwanted if m in sys.modules]\n"
        f"assert len(sys.modules) <= {MAX_MODULES[name]}, len(sys.modules)\n"
        "assert 'asyncio' not in sys.modules\n"
    )
    # Isolated and without site-packages: what is not in the bundle or the runtime is not there.
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-I", "-S", "-B", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == 0, done.stderr


def test_lambda_runs_the_python_that_builds() -> None:
    assert Profile.aws().python == sys.version_info[:2]
    assert Profile.aws().runtime.name == "python{}.{}".format(*sys.version_info[:2])


def test_a_python_that_lambda_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    with pytest.raises(BundleError, match=r"Lambda runs Python 3\.11, .*, not 3\.99"):
        Profile.aws()


def test_each_package_brings_its_licence(bundle: Path) -> None:
    packages = {path.name for path in (bundle / "licenses").iterdir()}
    assert packages >= {"hyperscan", "isal", "jmespath", "msgspec", "slack_sdk"}
    for package in packages:
        assert any(path.stat().st_size > 500 for path in (bundle / "licenses" / package).iterdir())
    notice = (bundle / "NOTICE").read_text(encoding="utf-8")
    assert all(f"\n{package} " in notice for package in packages)
    assert "BSD-3-Clause" in notice
    assert "Apache License" in (bundle / "LICENSE").read_text(encoding="utf-8")


def test_a_package_without_a_licence_is_not_copied(tmp_path: Path) -> None:
    info = tmp_path / "odd-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: odd\nVersion: 1.0\n", encoding="utf-8")
    with pytest.raises(MissingLicenceError, match=r"odd 1\.0 comes without"):
        collect(tmp_path, ROOT / "LICENSE")


def test_source_that_does_not_compile_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def\n")
    with pytest.raises(BundleError, match="compiling the bundle failed"):
        _write_bytecode(tmp_path)


def test_requirements_are_locked_by_hash() -> None:
    text = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    assert text.count("--hash=sha256:") > 5
    assert not [line for line in text.splitlines() if line.startswith("-")]
