"""One call that may be refused: what it read, or why it did not."""

from collections.abc import Callable
from typing import Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws.problems import connection_problem
from netpolwatch.doctor.facts import Read, Reading, Unread, UnreadError

T = TypeVar("T")

_REFUSALS: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"}
)
_ABSENT: Final = frozenset({"ResourceNotFoundException", "NoSuchEntity", "NotFoundException"})
_MAX_REASON_CHARS: Final = 300


def read(action: str, call: Callable[[], T]) -> Reading[T]:
    """Return what a call read, or why not; an `UnreadError` within it is passed on as its fact."""
    try:
        return Read(call())
    except UnreadError as error:
        return error.unread
    except (ClientError, BotoCoreError) as error:
        return _unread(action, error)


def is_absent(error: ClientError) -> bool:
    """Whether AWS says that what was asked for does not exist."""
    return error.response.get("Error", {}).get("Code") in _ABSENT


def _unread(action: str, error: BotoCoreError | ClientError) -> Unread:
    if not isinstance(error, ClientError):
        return Unread(action, connection_problem(error)[:_MAX_REASON_CHARS])
    problem = error.response.get("Error", {})
    code, message = problem.get("Code", ""), problem.get("Message", "")
    if code in _REFUSALS:
        return Unread(action, "not allowed", refused=True)
    return Unread(action, f"{code}: {message}"[:_MAX_REASON_CHARS])
