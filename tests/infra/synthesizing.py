"""Stacks of any configuration, synthesized without their bundle."""

from typing import Any

from infra.app import app_with
from infra.bundle import Profile
from infra.stack import NetpolwatchStack
from netpolwatch.configuration import Config
from tests.infra.reading import Template

CONTEXT: dict[str, Any] = {
    "cluster": "prod,staging",
    "email": "me@example.com,you@example.com",
    # The bundle has tests of its own.
    "aws:cdk:bundling-stacks": [],
}

CHANNELS = {
    "slack": {"workspace_id": "T0123", "channel_id": "C0456"},
    "teams": {
        "team_id": "00000000-0000-0000-0000-000000000001",
        "tenant_id": "00000000-0000-0000-0000-000000000002",
        "channel_id": "19%3Aabc%40thread.tacv2",
    },
}


def stack_of(**settings: object) -> Template:
    """Synthesize one cluster's stack with these settings; no rule of cdk-nag is asked."""
    app = app_with(CONTEXT)
    config = Config.model_validate({"clusters": [{"name": "prod"}], **settings})
    stack = NetpolwatchStack(app, config.stack_name, config=config, profile=Profile.aws())
    return Template(app.synth().get_stack_by_name(stack.stack_name).template)
