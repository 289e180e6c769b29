"""A misspelt `-c` key is refused."""

import pytest

from infra.app import app_with
from infra.context import KEYS, check_keys
from netpolwatch.configuration import ConfigError


def test_our_keys_and_the_cdks_own_pass() -> None:
    check_keys(app_with(dict.fromkeys(KEYS, "x")).node.get_all_context())
    check_keys(["aws:cdk:enable-path-metadata", "availability-zones:account=1:region=eu-west-1"])


@pytest.mark.parametrize(("key", "meant"), [("emial", "email"), ("clusters", "cluster")])
def test_a_misspelt_key_is_refused_with_what_was_meant(key: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=f"-c {key}: no such key, did you mean {meant}"):
        check_keys(["cluster", key])


def test_an_unknown_key_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match="There are cluster, email, config"):
        check_keys(["xyz"])
