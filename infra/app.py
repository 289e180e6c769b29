"""From a CDK context to the synthesized stack, or to one clear message."""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import cdk_nag

from infra import bundle
from infra.bundle import BundleError, Profile
from infra.context import check_keys
from infra.partitions import check_region
from infra.stack import NetpolwatchStack
from netpolwatch.configuration import ConfigError, read_config


def app_with(context: Mapping[str, Any] | None = None) -> cdk.App:
    """Make an empty app under the feature flags of cdk.json, whether the CDK CLI runs it or not."""
    pinned = json.loads((bundle.ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return cdk.App(context={**pinned, **(context or {})})


def compose(context: Mapping[str, Any] | None = None) -> tuple[cdk.App, NetpolwatchStack]:
    """Make the app, its stack and the rules that it must keep; nothing is synthesized yet.

    Parameters
    ----------
    context
        Added to what the CDK CLI hands over: `cluster`, `email`, `config`, `profile`
        (`aws` or `local`), `region` (where it is going to be deployed; else the CLI's own).

    Raises
    ------
    ConfigError, BundleError
        The configuration or the profile cannot be used.
    """
    app = app_with(context)
    check_keys(app.node.get_all_context())
    config = read_config(app.node.try_get_context)
    # The CLI names the region that the credentials lead to.
    check_region(config, app.node.try_get_context("region") or os.environ.get("CDK_DEFAULT_REGION"))
    profile = Profile.named(app.node.try_get_context("profile") or "aws")
    stack = NetpolwatchStack(app, config.stack_name, config=config, profile=profile)
    for warning in config.warnings():
        print(f"netpolwatch: warning: {warning}", file=sys.stderr)  # noqa: T201 - beside the CDK's
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    return app, stack


def main() -> None:
    """Synthesize; exit 2 for a configuration that cannot be used, 1 for the rest."""
    try:
        compose()[0].synth()
    except (ConfigError, BundleError) as error:
        print(f"netpolwatch: {error}", file=sys.stderr)  # noqa: T201 - the app's last words
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except RuntimeError as error:
        # jsii knows no other class. Its own report of broken rules has been printed by then.
        if "Failed to bundle" in str(error):
            print(f"netpolwatch: {error}", file=sys.stderr)  # noqa: T201
        elif "ValidationFailed" not in str(error):
            raise
        sys.exit(1)
