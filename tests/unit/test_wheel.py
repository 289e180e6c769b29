"""What people install: a wheel that is whole, with its licences, and runs without this checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from what would be in a checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(  # noqa: S603  # our own tool
        [Path(sys.executable).with_name("uv"), "build", "--wheel", "--no-build-isolation", "-q",
         "--python", sys.executable, "-o", folder],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


def test_its_licences_and_its_data_are_in_it_and_nothing_else_of_the_checkout(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    inside = {name.partition("/")[2] for name in names if ".dist-info/" in name}
    assert {"licenses/LICENSE", "licenses/NOTICE", "entry_points.txt"} <= inside
    assert "netpolwatch/catalogue/entries/npa-link-not-found.yaml" in names
    assert "netpolwatch/py.typed" in names
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"netpolwatch"}


def test_it_analyzes_a_log_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    # given the wheel's files alone, in front of everything else
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # when the shipped sample is analyzed somewhere else
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "netpolwatch", "analyze", "--brief",
         ROOT / "samples" / "quickstart.jsonl"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(site)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    # then the first screen is there
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("retail-prod  ")
    where = [sys.executable, "-c", "import netpolwatch; print(netpolwatch.__file__)"]
    shown = subprocess.run(  # noqa: S603  # our own command
        where, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(site)}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert shown.stdout.startswith(str(site))
