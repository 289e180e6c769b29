"""What the commands share that work on a deployment; only they pay for boto3."""

from typing import TYPE_CHECKING, Annotated

import typer

from netpolwatch.cli.inputs import InputError

if TYPE_CHECKING:
    from netpolwatch.aws.deployment import Deployed

Stack = Annotated[str, typer.Option(help="The stack's name.")]
DEFAULT_STACK = "netpolwatch"


def deployed(stack: str) -> "Deployed":
    """Find a deployment of this account and region; raises `InputError`."""
    try:
        from netpolwatch.aws.deployment import Deployed, DeploymentError  # noqa: PLC0415
    except ImportError:
        raise InputError("this command needs boto3: pip install 'netpolwatch[aws]'") from None
    try:
        return Deployed.named(stack)
    except DeploymentError as error:
        raise InputError(str(error)) from None
