"""Every error after which the agent's main program exits is read by an entry.

Words: `main.go` of agent v1.4.1, each log call before an `os.Exit(1)`.
"""

import json

import pytest

from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.ingest.origin import AGENT

_EXITS = (
    "unable to load policy endpoint controller config",
    "unable to build REST config",
    "unable to create controller manager",
    "Controller flags validation failed",
    "unable to create controller PolicyEndpoints",
    "unable to create controller ClusterPolicyEndpoints",
    "unable to set up bpf-maps readiness check",
    "unable to set up bpf-fs readiness check",
    "unable to set up gRPC socket health checker",
    "unable to set up gRPC socket health check",
    "unable to set up grpc-socket readiness check",
    "Failed to set up gRPC Handler",
    "gRPC server stopped:",
    "problem running manager",
)
_EARLIER = (
    "unable to setup logger",
    "unable to setup controller",
    "unable to create discovery client",
    "unable to set up health check",
    "unable to set up ready check",
)
"""Of tags before v1.4."""


@pytest.mark.parametrize("words", _EXITS + _EARLIER)
@pytest.mark.parametrize("reason", ["listen tcp :8162: bind: address already in use", "no reason"])
def test_an_exit_of_the_agent_is_read(matcher: Matcher, words: str, reason: str) -> None:
    line = json.dumps({
        "level": "error", "ts": "2026-07-02T02:21:41.101Z", "caller": "workspace/main.go:148",
        "msg": f"{words} {reason}",
    })  # fmt: skip

    for component in (AGENT, None):
        matches = matcher.match_text(line, component)

        assert [match.entry.id for match in matches] == ["npa-cannot-start"], component


@pytest.mark.parametrize("words", _EXITS)
def test_the_words_of_another_program_are_not_the_agents(matcher: Matcher, words: str) -> None:
    line = json.dumps({
        "level": "error", "ts": "2026-07-02T02:21:41.101Z", "logger": "setup", "msg": words,
        "error": "leader election lost",
    })  # fmt: skip

    assert matcher.match_text(line, None) == []
