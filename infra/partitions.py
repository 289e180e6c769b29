"""Where a stack can be deployed: the commercial regions, GovCloud (US) and China."""

import aws_cdk as cdk
from aws_cdk import region_info
from constructs import Construct

from netpolwatch.configuration import Config, ConfigError
from netpolwatch.reporting.links import CONSOLES

# Amazon Q Developer relays to chats from the commercial regions only.
_WITH_CHAT = frozenset({"aws"})


def check_region(config: Config, region: str | None) -> None:
    """Raise `ConfigError` where a configuration cannot be deployed to a region.

    A region that the CDK does not know yet passes.
    """
    partition = region_info.RegionInfo.get(region).partition if region else None
    if partition is None:
        return
    if partition not in CONSOLES:
        known = ", ".join(CONSOLES)
        raise ConfigError(f"{region} is in partition {partition}; netpolwatch knows {known}")
    if config.chat is not None and partition not in _WITH_CHAT:
        raise ConfigError(
            f"chat: Amazon Q Developer does not relay from {partition} ({region}): "
            "leave chat out, and use slack_secret_arn for Slack"
        )


def console_address(scope: Construct) -> str:
    """Return the console's address, without a path, in the region that is deployed to."""
    hosts = {partition: {"Host": host} for partition, host in CONSOLES.items()}
    consoles = cdk.CfnMapping(scope, "Console", mapping=hosts)
    return f"https://{cdk.Aws.REGION}.{consoles.find_in_map(cdk.Aws.PARTITION, 'Host')}"
