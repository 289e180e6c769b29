"""What synth decided is read as it stands, or not at all."""

from pathlib import Path

import msgspec
import pytest

from lambdas import settings
from lambdas.settings import load_settings
from netpolwatch.findings.rules import Rules
from netpolwatch.settings import Settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


def test_settings_are_read_with_their_defaults(file: Path) -> None:
    file.write_text('{"clusters":{"/aws/eks/prod/cluster":"prod"}}')
    assert load_settings(file) == Settings({"/aws/eks/prod/cluster": "prod"}, Rules(), 30)


def test_without_a_path_it_is_the_one_at_the_bundles_root(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('{"clusters":{},"retention_days":7}')
    monkeypatch.setattr(settings, "_SETTINGS_FILE", file)
    assert load_settings().retention_days == 7


@pytest.mark.parametrize(
    "text", ["{}", '{"clusters":{},"retention":7}', '{"clusters":[]}', '{"clusters":{"g":null}}']
)
def test_another_shape_is_refused(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(msgspec.ValidationError):
        load_settings(file)
