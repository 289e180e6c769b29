import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.bundle import ROOT
from netpolwatch.configuration import (
    ClusterConfig,
    Config,
    ConfigError,
    parse_duration,
    read_config,
)
from netpolwatch.findings.rules import Rules
from netpolwatch.settings import Settings
from tests.unit.catalogue.test_private import folder


def context(**values: str) -> Callable[[str], Any]:
    return values.get


def write(folder: Path, text: str) -> str:
    path = folder / "watch.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file of the checkout is found by chance."""
    monkeypatch.chdir(tmp_path)


def test_the_simplest_case_needs_no_file() -> None:
    config = read_config(context(cluster="prod", email="me@example.com"))
    assert config.log_groups == ("/aws/eks/prod/cluster",)
    assert config.email == ("me@example.com",)
    assert config.stack_name == "netpolwatch"
    assert config.settings() == Settings(clusters={"/aws/eks/prod/cluster": "prod"})


def test_lists_on_the_command_line() -> None:
    config = read_config(context(cluster="prod, staging", email="a@example.com,b@example.com"))
    assert [cluster.name for cluster in config.clusters] == ["prod", "staging"]
    assert config.email == ("a@example.com", "b@example.com")


def test_a_whole_file(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        stack_name: watch
        clusters:
          - name: prod
            log_groups: [/aws/eks/prod/cluster, /nodes/prod]
          - name: staging
        email: [ops@example.com]
        repeat_interval: 90s
        retention_days: 7
        log_retention_days: 14
        reserved_concurrency: 5
        memory_mb: {analyzer: 512}
        filter_pattern: "-healthz"
        """,
    )
    config = read_config(context(config=path))
    assert config.settings() == Settings(
        clusters={
            "/aws/eks/prod/cluster": "prod",
            "/nodes/prod": "prod",
            "/aws/eks/staging/cluster": "staging",
        },
        stack_name="watch",
        rules=Rules(repeat_interval_ms=90_000),
        retention_days=7,
    )
    assert (config.memory_mb.analyzer, config.memory_mb.notifier) == (512, 256)
    assert (config.stack_name, config.reserved_concurrency) == ("watch", 5)
    assert (config.log_retention_days, config.filter_pattern) == (14, "-healthz")


def test_the_file_says_who_may_write_into_a_log_group(tmp_path: Path) -> None:
    # given
    path = write(
        tmp_path,
        """
        clusters:
          - name: prod
            log_groups:
              - /aws/eks/prod/cluster
              - {name: /audit/prod, kind: control-plane}
              - {name: /apps/prod, kind: applications}
        """,
    )
    # when
    config = read_config(context(config=path))
    # then
    assert config.log_groups == ("/aws/eks/prod/cluster", "/audit/prod", "/apps/prod")
    assert config.settings().kinds == {"/audit/prod": "control-plane", "/apps/prod": "applications"}


def test_patterns_are_generated_unless_one_is_given_or_none_is_wanted() -> None:
    clusters = (ClusterConfig(name="a"),)
    folded = Config(clusters=clusters).patterns()
    assert [pattern[:2] for pattern in folded] == ['?"']
    split = Config(clusters=clusters, subscription_patterns="split").patterns()
    assert [pattern[:2] for pattern in split] == ['-"', "{ "]
    assert Config(clusters=clusters, subscription_patterns="none").patterns() == ("",)
    assert Config(clusters=clusters, filter_pattern="mine").patterns() == ("mine",)


def test_the_default_file_is_found_and_the_command_line_wins(tmp_path: Path) -> None:
    (tmp_path / "netpolwatch.yaml").write_text("clusters: [{name: a}]\nretention_days: 9\n")
    assert read_config(context()).log_groups == ("/aws/eks/a/cluster",)
    overridden = read_config(context(cluster="b", attempt="2"))
    assert overridden.log_groups == ("/aws/eks/b/cluster",)
    assert (overridden.retention_days, overridden.attempt) == (9, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "24", "h", "-1h", "0s", "1.5h", "24 h", "1w", 24, None, "9" * 20 + "d"]
)
def test_not_a_duration(text: object) -> None:
    with pytest.raises(ValueError, match=r"duration|too long"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clusters: []", "clusters: must have at least 1"),
        ("clusters: [{}]", "clusters.0.name: is missing"),
        ("clusters: [{name: 'a b'}]", "clusters.0.name: is no such name"),
        (
            "clusters: [{name: a, log_groups: ['x y']}]",
            "clusters.0.log_groups.0.name: is no such name",
        ),
        ("clusters: [{name: a}]\ncolour: red", "colour: no such key"),
        ("clusters: [{name: a}]\nemail: [nobody]", "email.0: is no e-mail address"),
        ("clusters: [{name: a}]\nrepeat_interval: often", "repeat_interval: 'often' is not a"),
        ("clusters: [{name: a}]\nretention_days: 0", "retention_days: must be at least"),
        ("clusters: [{name: a}]\nlog_retention_days: 31", "log_retention_days: CloudWatch Logs"),
        (
            "clusters: [{name: a}]\nmemory_mb: {analyzer: 64}",
            "memory_mb.analyzer: must be at",
        ),
        ("clusters: [{name: a}]\nstack_name: 1st", "stack_name: is no stack's name"),
        ("clusters: [{name: a}]\nreserved_concurrency: 0", "reserved_concurrency: must be"),
        ("clusters: [{name: a}]\nsubscription_patterns: three", "subscription_patterns: must be"),
        (
            "clusters: [{name: a}]\nsubscription_patterns: split\nfilter_pattern: x",
            "filter_pattern is one pattern",
        ),
        ("clusters: [{name: a}, {name: a}]", "cluster 'a' stands there more than once"),
        (
            "clusters: [{name: a, log_groups: [/x]}, {name: b, log_groups: [/x]}]",
            "log group '/x' stands there more than once",
        ),
        (
            "clusters: [{name: a, log_groups: [/aws/lambda/netpolwatch-analyzer]}]",
            "log group '/aws/lambda/netpolwatch-analyzer' is our own",
        ),
        (
            f"clusters: [{{name: a, log_groups: {[f'/g{n}' for n in range(31)]}}}]",
            "a stack subscribes 30 log groups at most, not 31",
        ),
        (
            "clusters: [{name: a}]\nretention_days: 1\nrepeat_interval: 24h",
            "repeat_interval must be shorter than retention_days",
        ),
        ("just text", "must hold a mapping of settings"),
        ("clusters: [", "is not YAML"),
        ("clusters: 2026-99-99", "is not YAML"),
        pytest.param("[" * 50_000, "is nested too deeply", id="deep lists"),
        pytest.param("a: {" * 50_000, "is nested too deeply", id="deep mappings"),
        pytest.param("#" * 1_000_001, "is larger than 1,000,000 bytes", id="large"),
        ("retention_days: 3", "no cluster is named"),
    ],
)
def test_errors_name_the_place_and_the_reason(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_config(context(config=write(tmp_path, text)))
    assert message in str(error.value)


def test_several_errors_are_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "clusters: [{name: '?'}]\ncolour: red")
    with pytest.raises(ConfigError) as error:
        read_config(context(config=path))
    assert str(error.value).startswith(f"{path}: clusters.0.name: ")
    assert "; colour: " in str(error.value)


def test_a_named_file_has_to_exist() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml cannot be read"):
        read_config(context(config="nowhere.yaml"))


def test_no_cluster_at_all() -> None:
    with pytest.raises(ConfigError, match=r"use -c cluster=NAME or write netpolwatch\.yaml"):
        read_config(context())


def test_configuration_cannot_be_changed() -> None:
    config = Config.model_validate({"clusters": [{"name": "a"}]})
    with pytest.raises(ValueError, match="frozen"):
        config.retention_days = 1


def test_the_app_ends_with_one_line() -> None:
    context = '{"cluster": "a", "profile": "mars"}'
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, str(ROOT / "app.py")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CDK_CONTEXT_JSON": context},
    )
    assert done.returncode == 2
    assert done.stderr == "netpolwatch: there is no profile 'mars': choose aws or local\n"


def test_known_issues_are_promoted_muted_and_weighed(tmp_path: Path) -> None:
    text = """
        clusters: [{name: prod}]
        issues:
          npa-panic: {notify: false}
          policy-static-lint: {maturity: stable, severity: high}
        """
    entries = {
        each.id: each for each in read_config(context(config=write(tmp_path, text))).entries()
    }
    assert entries["npa-panic"].notify is False
    lint = entries["policy-static-lint"]
    assert (lint.maturity, lint.severity) == ("stable", "high")


def test_the_running_version_is_carried_by_the_entries_that_it_concerns(tmp_path: Path) -> None:
    text = "clusters: [{name: prod}]\nvpc_cni_version: v1.19.2-eksbuild.5\n"
    entries = read_config(context(config=write(tmp_path, text))).entries()
    said = {each.id: each.versions.vpc_cni for each in entries if each.versions}
    assert said["npa-link-not-found"] == "v1.19.2-eksbuild.5"
    assert set(said.values()) == {"v1.19.2-eksbuild.5"}


def test_a_running_version_that_is_none_is_refused(tmp_path: Path) -> None:
    text = "clusters: [{name: prod}]\nvpc_cni_version: newest\n"
    with pytest.raises(ConfigError, match="vpc_cni_version: 'newest' is no version"):
        read_config(context(config=write(tmp_path, text)))


def test_private_entries_are_carried_with_ours(tmp_path: Path) -> None:
    (tmp_path / "signatures").mkdir()
    directory = folder(tmp_path / "signatures", gateway_refused={})
    text = f"clusters: [{{name: prod}}]\ncatalogue: {directory}\n"
    config = read_config(context(config=write(tmp_path, text)))
    assert "gateway-refused" in {each.id for each in config.entries()}
    assert len(Config(clusters=config.clusters).entries()) == len(config.entries()) - 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("issues: {no-such-issue: {notify: false}}", "no entry 'no-such-issue'"),
        ("catalogue: nowhere", "nowhere: no such folder"),
    ],
)
def test_a_catalogue_that_cannot_be_used_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    config = read_config(context(config=write(tmp_path, f"clusters: [{{name: prod}}]\n{text}\n")))
    with pytest.raises(ConfigError, match=reason):
        config.entries()
