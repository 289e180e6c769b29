"""What keeps a person's machine from reaching AWS, in words that say what to do."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)


def connection_problem(error: BotoCoreError | ClientError) -> str:
    """Return one line about an error of boto3."""
    if isinstance(error, NoRegionError):
        return "no AWS region is chosen: give --region, or set AWS_REGION"
    if isinstance(error, NoCredentialsError):
        return "no AWS credentials: give --profile, or set AWS_PROFILE"
    if isinstance(error, ProfileNotFound):
        return f"{error}: `aws configure list-profiles` lists those of this machine"
    return str(error)
