"""Our entries in the user's cache folder: never stale, never needed."""

from pathlib import Path

import pytest

from netpolwatch.catalogue.default import default_entries
from netpolwatch.cli.compiled import known_entries


@pytest.fixture(name="cache")
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "netpolwatch"


def test_entries_are_the_same_from_the_cache(cache: Path) -> None:
    assert known_entries() == default_entries()
    (file,) = cache.iterdir()
    written = file.stat().st_mtime_ns
    assert known_entries() == default_entries()
    assert [each.stat().st_mtime_ns for each in cache.iterdir()] == [written]


@pytest.mark.parametrize("damage", [b"", b"[", b'[{"id": 3}]', b"\xff\xfe", b"null"])
def test_a_damaged_file_is_written_anew(cache: Path, damage: bytes) -> None:
    # given
    known_entries()
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage)
    # then
    assert known_entries() == default_entries()
    assert file.read_bytes() == whole


def test_a_folder_that_cannot_be_made_costs_time_only(cache: Path) -> None:
    cache.parent.write_text("a file where the folder should be")
    assert known_entries() == default_entries()


def test_old_versions_do_not_pile_up(cache: Path) -> None:
    cache.mkdir(parents=True)
    for number in range(9):
        (cache / f"catalogue-{number}.json").write_text("[]")
    known_entries()
    assert len(list(cache.iterdir())) == 4
