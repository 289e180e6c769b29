"""An AWS account whose answers stand in a script: botocore asks it instead of the network."""

from types import SimpleNamespace
from typing import Any

import boto3

from netpolwatch.aws.place import Place

Answer = dict[str, Any]
Script = dict[str, Any]
REGION = "eu-west-1"


class Refusal:
    """An error as AWS answers it."""

    def __init__(self, code: str, message: str = "no") -> None:
        self.code, self.message = code, message


class Account:
    """Answers by operation (`eks:DescribeCluster`); what is not in the script is refused.

    Attributes
    ----------
    calls
        Every call in order: the operation and its request.
    """

    def __init__(self, script: Script) -> None:
        self._script = script
        self.calls: list[tuple[str, Answer]] = []
        session = boto3.session.Session(
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - opens nothing
            region_name=REGION,
        )
        events: Any = session.events
        events.register("provide-client-params.*.*", self._note)
        events.register("before-call.*.*", self._respond)
        self.place = Place(session)

    def _note(self, params: Answer, model: Any, **_: Any) -> None:  # noqa: ANN401 - botocore's
        self.calls.append((f"{model.service_model.endpoint_prefix}:{model.name}", params))

    def _respond(self, **_: Any) -> tuple[Any, Answer]:  # noqa: ANN401 - botocore's
        operation, request = self.calls[-1]
        answer = self._script.get(operation, Refusal("AccessDeniedException"))
        if isinstance(answer, Refusal):
            error = {"Error": {"Code": answer.code, "Message": answer.message}}
            return SimpleNamespace(status_code=400), error
        return SimpleNamespace(status_code=200), answer(request) if callable(answer) else answer

    def answer(self, operation: str, answer: Answer) -> None:
        """Change the script."""
        self._script[operation] = answer
