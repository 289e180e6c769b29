"""An account and region to work in: the clients of one session."""

from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from netpolwatch.aws.problems import connection_problem

_PATIENT: Final = Config(
    retries={"mode": "adaptive", "max_attempts": 6}, connect_timeout=3, read_timeout=15
)
"""Slows down when it is told to: nothing here may take an account's API rate from others."""


class PlaceError(Exception):
    """No region, or a profile that does not exist; one line for a person."""


@dataclass(frozen=True)
class Place:
    """An account and region: makes clients when they are needed."""

    session: boto3.session.Session

    @classmethod
    def current(cls) -> "Place":
        """Return the place that the environment chooses; raises `PlaceError`."""
        try:
            session = boto3.session.Session()
        except BotoCoreError as error:
            raise PlaceError(connection_problem(error)) from None
        if not session.region_name:
            raise PlaceError("no AWS region is chosen: give --region, or set AWS_REGION")
        return cls(session)

    @property
    def region(self) -> str:
        """Name of the region."""
        return self.session.region_name or ""

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
        """Return a client that slows down when it is told to."""
        factory: Any = self.session.client
        return factory(service, config=_PATIENT)
