"""What the commands share that work on a deployment; only they pay for boto3."""

import os
from typing import TYPE_CHECKING, Annotated, Final

import typer

from netpolwatch.cli.endings import InputError

if TYPE_CHECKING:
    from netpolwatch.aws.deployment import Deployed
    from netpolwatch.aws.place import Place

Stack = Annotated[str, typer.Option(help="The stack's name.")]
DEFAULT_STACK = "netpolwatch"


_PLACE: Final = "AWS"
Region = Annotated[
    str | None,
    typer.Option(help="The AWS region; else AWS_REGION or the profile's.", rich_help_panel=_PLACE),
]
Profile = Annotated[
    str | None, typer.Option(help="The AWS profile; else AWS_PROFILE.", rich_help_panel=_PLACE)
]


def use_aws(region: str | None, profile: str | None) -> None:
    """Choose the region and the profile of every client that is made from here on.

    boto3 reads `AWS_DEFAULT_REGION` and nothing of `AWS_REGION`, which the AWS CLI, the CDK and
    Lambda go by.
    """
    for name in ("AWS_DEFAULT_REGION", "AWS_PROFILE"):
        # boto3 takes an empty one for a name.
        if not os.environ.get(name, "unset"):
            del os.environ[name]
    chosen = region or os.environ.get("AWS_REGION")
    if chosen:
        os.environ["AWS_DEFAULT_REGION"] = chosen
    if profile:
        os.environ["AWS_PROFILE"] = profile


def place_of(region: str | None, profile: str | None) -> "Place":
    """Return an account and region; raises `InputError` where none is chosen."""
    use_aws(region, profile)
    try:
        from netpolwatch.aws.place import Place, PlaceError  # noqa: PLC0415
    except ImportError:
        raise InputError(
            "this command needs boto3, which is not installed: pipx inject netpolwatch boto3"
        ) from None
    try:
        return Place.current()
    except PlaceError as error:
        raise InputError(str(error)) from None


def deployed(stack: str, region: str | None = None, profile: str | None = None) -> "Deployed":
    """Return a deployment of an account and region; raises `InputError`."""
    use_aws(region, profile)
    try:
        from netpolwatch.aws.deployment import Deployed, DeploymentError  # noqa: PLC0415
    except ImportError:
        raise InputError(
            "this command needs boto3, which is not installed: pipx inject netpolwatch boto3"
        ) from None
    try:
        return Deployed.named(stack)
    except DeploymentError as error:
        raise InputError(str(error)) from None
