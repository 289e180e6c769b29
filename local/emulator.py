"""The emulator as its users see it: an endpoint, an environment, boto3 clients.

with Emulator.started(tmp_path) as emulator:
    emulator.client("logs").create_log_group(logGroupName="/aws/eks/demo/cluster")
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import boto3
from botocore.config import Config

from local import process
from local.layout import ACCOUNT, HOST, REGION, State

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

ACCESS_KEY = "test"
READ_TIMEOUT_SECONDS = 120


class Emulator:
    """A running emulator: account 000000000000, region us-east-1, plain HTTP on 127.0.0.1."""

    def __init__(self, state: State, port: int) -> None:
        self._state = state
        self._clients: dict[str, Any] = {}
        self.endpoint_url = process.url(port)

    @classmethod
    @contextmanager
    def started(cls, work_dir: Path) -> Iterator[Self]:
        """Start one for the length of a `with` block; it writes below `work_dir` only.

        It also ends when this process does, however that ends. Raises EmulatorError.
        """
        state = State(work_dir.resolve() / "emulator")
        server = process.start(state, with_parent=True)
        emulator = None
        try:
            emulator = cls.attached(state)
            yield emulator
        finally:
            if emulator is not None:
                emulator.close()
            process.stop(state, server)

    @classmethod
    def attached(cls, state: State) -> Self:
        """Use one that `python -m local start` left running.

        Raises EmulatorError if there is none.
        """
        record = process.running(state)
        if record is None:
            raise process.EmulatorError(f"no emulator is running in {state.folder}")
        return cls(state, record["port"])

    def exports(self) -> dict[str, str]:
        """Return the variables that point the SDKs, the AWS CLI and the CDK at this emulator."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_DEFAULT_ACCOUNT": ACCOUNT,
            "CDK_DEFAULT_REGION": REGION,
            "CDK_HOME": str(self._state.home / ".cdk"),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "NO_PROXY": HOST,
            "no_proxy": HOST,
        }

    def environment(self) -> dict[str, str]:
        """Return a whole environment for a child process.

        This process's own without its AWS settings, with `exports` and with a HOME and caches
        within the emulator's folder.
        """
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        home = str(self._state.home)
        return {
            **inherited,
            **self.exports(),
            "HOME": home,
            "XDG_CACHE_HOME": f"{home}/.cache",
            "npm_config_cache": f"{home}/.npm",
            "TMPDIR": str(self._state.temporary),
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "18,20",
        }

    @overload
    def client(self, service: Literal["cloudformation"]) -> "CloudFormationClient": ...
    @overload
    def client(self, service: Literal["cloudwatch"]) -> "CloudWatchClient": ...
    @overload
    def client(self, service: Literal["dynamodb"]) -> "DynamoDBClient": ...
    @overload
    def client(self, service: Literal["lambda"]) -> "LambdaClient": ...
    @overload
    def client(self, service: Literal["logs"]) -> "CloudWatchLogsClient": ...
    @overload
    def client(self, service: Literal["sns"]) -> "SNSClient": ...
    @overload
    def client(self, service: Literal["sqs"]) -> "SQSClient": ...
    @overload
    def client(self, service: str) -> Any: ...  # noqa: ANN401 - boto3 makes clients at run time
    def client(self, service: str) -> Any:
        """Return this emulator's boto3 client of a service; closed with the emulator."""
        if service not in self._clients:
            self._clients[service] = _client(service, self.endpoint_url)
        return self._clients[service]

    def recorded_noops(self) -> list[tuple[str, str]]:
        """Return (resource type, logical id) of what CloudFormation accepted and nobody made."""
        return [(kind, logical_id) for kind, logical_id in _lines(self._state.noops)]

    def mails(self) -> list[dict[str, str]]:
        """Return what topics mailed, in order: `{"to", "topic", "subject", "text"}` each."""
        return list(_lines(self._state.mailbox))

    def calls(self) -> list[dict[str, Any]]:
        """Return what functions called, in order; see `local.recorder`."""
        return list(_lines(self._state.calls))

    def close(self) -> None:
        """Close the clients' connections; the server goes on."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()


def _lines(journal: Path) -> Iterator[Any]:
    if journal.exists():
        yield from map(json.loads, journal.read_text(encoding="utf-8").splitlines())


def _client(service: str, endpoint_url: str) -> Any:  # noqa: ANN401 - see Emulator.client
    session = boto3.session.Session(
        aws_access_key_id=ACCESS_KEY, aws_secret_access_key=ACCESS_KEY, region_name=REGION
    )
    config = Config(
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"total_max_attempts": 1},
        # An empty mapping, so that a proxy of the caller's shell is not asked for 127.0.0.1.
        proxies={},
    )
    factory: Any = session.client
    return factory(service, endpoint_url=endpoint_url, config=config)
