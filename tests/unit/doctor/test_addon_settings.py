"""The add-on's configuration values in every form that EKS takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.doctor.addon_settings import (
    MAX_TEXT_CHARS,
    VERDICT_LOGS_ON,
    AddonSettings,
    SettingsError,
    read_settings,
)

VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "text",
    [
        '{"enableNetworkPolicy":"true","nodeAgent":{"enablePolicyEventLogs":"true"}}',
        '{"enableNetworkPolicy":true,"nodeAgent":{"enablePolicyEventLogs":true}}',
        'enableNetworkPolicy: "true"\nnodeAgent:\n  enablePolicyEventLogs: "TRUE"\n',
    ],
)
def test_json_and_yaml_and_strings_and_booleans_are_read(text: str) -> None:
    settings = read_settings(text)
    assert settings.network_policy
    assert settings.verdict_logs
    assert not settings.cloudwatch_logs


@pytest.mark.parametrize("text", [None, "", "  \n", "{}"])
def test_nothing_configured_is_every_default(text: str | None) -> None:
    settings = read_settings(text)
    assert not settings.network_policy
    assert settings.enforcing_mode == "standard"
    assert settings.log_level is None


@pytest.mark.parametrize(
    "text", ["[1]", "7", '{"a":', "a: [", "x" * (MAX_TEXT_CHARS + 1), '{"a":' * 20 + "1" + "}" * 20]
)
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        read_settings(text)


def test_types_that_mean_nothing_are_defaults() -> None:
    settings = AddonSettings({"nodeAgent": "on", "env": ["x"], "enableNetworkPolicy": 1})
    assert (settings.verdict_logs, settings.enforcing_mode, settings.network_policy) == (
        False, "standard", False,
    )  # fmt: skip


def test_a_change_is_merged_at_every_depth() -> None:
    settings = read_settings('{"env":{"A":"1"},"nodeAgent":{"resources":{"cpu":"1"}}}')
    assert settings.merged(VERDICT_LOGS_ON) == {
        "env": {"A": "1"},
        "enableNetworkPolicy": "true",
        "nodeAgent": {
            "resources": {"cpu": "1"},
            "enablePolicyEventLogs": "true",
            "enableCloudWatchLogs": "true",
        },
    }


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=4))
def test_merging_keeps_what_the_change_does_not_name(values: dict[str, object]) -> None:
    merged = AddonSettings(values).merged(VERDICT_LOGS_ON)
    assert AddonSettings(merged).verdict_logs
    assert AddonSettings(merged).merged(VERDICT_LOGS_ON) == merged
    untouched = {key: value for key, value in values.items() if key not in VERDICT_LOGS_ON}
    assert all(merged[key] == value for key, value in untouched.items())
