"""The answer that CloudFormation waits for."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

_TRIES = 4
_TIMEOUT_SECONDS = 10


def succeed(
    event: Mapping[str, Any],
    physical_id: str,
    data: Mapping[str, str],
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Answer a custom resource's event with success.

    Parameters
    ----------
    event
        The request, with `ResponseURL`, `StackId`, `RequestId` and `LogicalResourceId`.
    data
        What the template can read; the whole answer may have 4,096 bytes.

    Raises
    ------
    OSError
        The answer could not be delivered in four tries; Lambda then repeats the invocation.
    """
    answer = {
        "Status": "SUCCESS",
        "PhysicalResourceId": physical_id,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": dict(data),
    }
    _put(str(event["ResponseURL"]), msgspec.json.encode(answer), sleep)


def _put(url: str, body: bytes, sleep: Callable[[float], object]) -> None:
    if not url.startswith(("https://", "http://")):
        raise OSError("ResponseURL is not a web address")
    # The address is signed for an empty content type.
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        url, data=body, method="PUT", headers={"Content-Type": ""}
    )
    for attempt in range(_TRIES):
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310 - as above
                return
        except OSError:
            if attempt == _TRIES - 1:
                raise
        sleep(2.0**attempt)
