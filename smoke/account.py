"""Where the proof runs: an account that its owner has named, or an emulator."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.emulator import ACCESS_KEY, Emulator
from local.layout import ACCOUNT as EMULATED
from local.layout import REGION as EMULATED_REGION

EMULATOR = "emulator"

_PATIENT = Config(
    retries={"mode": "adaptive", "max_attempts": 10}, connect_timeout=5, read_timeout=120
)


class WrongAccountError(Exception):
    """The credentials lead to another account than the one that was named."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account, in one region.

    Attributes
    ----------
    environment
        Variables for the CDK's CLI.
    profile
        Which bundle runs there: `aws`, or `local` in an emulator.
    endpoint
        Of an emulator; None in an account.
    """

    id: str
    region: str
    environment: Mapping[str, str]
    profile: str
    endpoint: str | None = None

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
        """Return a client of a service in this region."""
        emulated = self.endpoint is not None
        session: Any = boto3.session.Session(
            region_name=self.region,
            aws_access_key_id=ACCESS_KEY if emulated else None,
            aws_secret_access_key=ACCESS_KEY if emulated else None,
        )
        return session.client(service, endpoint_url=self.endpoint, config=_PATIENT)

    def elsewhere(self, region: str) -> "Account":
        """Return the same account in another region."""
        regional = dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), region)
        environment = {**self.environment, **regional, "CDK_DEFAULT_REGION": region}
        return Account(self.id, region, environment, self.profile, self.endpoint)


@contextmanager
def opened(named: str, work_dir: Path) -> Iterator[Account]:
    """Open the account of this number, by the credentials of the shell; or an `emulator`.

    Raises
    ------
    WrongAccountError
        The credentials are of another account: nothing was made there.
    """
    if named == EMULATOR:
        with Emulator.started(work_dir) as emulator:
            yield Account(
                id=EMULATED,
                region=EMULATED_REGION,
                environment=emulator.environment(),
                profile="local",
                endpoint=emulator.endpoint_url,
            )
        return
    identity = boto3.client("sts", config=_PATIENT).get_caller_identity()["Account"]
    region = boto3.session.Session().region_name
    if identity != named or region is None:
        raise WrongAccountError(
            f"ACCOUNT={named} was named, and the credentials are of {identity} "
            f"in {region or 'no region: set AWS_REGION'}"
        )
    environment = {**os.environ, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    yield Account(id=named, region=region, environment=environment, profile="aws")
