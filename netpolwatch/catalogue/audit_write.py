"""A write that the API server has done, read from its audit event."""

from typing import Final, TypeVar

import msgspec

_MAX_CHARS = 1_048_576
"""CloudWatch's own bound of an event."""

_WRITES: Final = frozenset({"create", "update", "patch", "delete"})
_DONE = range(200, 300)
_THE_OBJECT: Final = frozenset({""})
_Body = TypeVar("_Body")


class _User(msgspec.Struct, frozen=True):
    username: str = ""


class _Object(msgspec.Struct, frozen=True):
    resource: str = ""
    group: str = msgspec.field(default="", name="apiGroup")
    subresource: str = ""
    namespace: str | None = None
    name: str | None = None


class _Status(msgspec.Struct, frozen=True):
    code: int = 0


NO_BODY: Final = msgspec.Raw(b"null")


class Write(msgspec.Struct, frozen=True):
    """What was written, by whom; the bodies are not decoded yet.

    Attributes
    ----------
    given, stored
        What was sent (of a patch, only what it changes), and the whole object after it, as JSON. A
        body is `null` at the levels Metadata and Request, and of an event that was cut.
    """

    verb: str
    user: _User = _User()
    about: _Object = msgspec.field(default=_Object(), name="objectRef")
    stage: str = "ResponseComplete"
    uri: str = msgspec.field(default="", name="requestURI")
    answer: _Status = msgspec.field(default=_Status(), name="responseStatus")
    given: msgspec.Raw = msgspec.field(default=NO_BODY, name="requestObject")
    stored: msgspec.Raw = msgspec.field(default=NO_BODY, name="responseObject")


_write = msgspec.json.Decoder(Write)


def read_write(text: str, subresources: frozenset[str] = _THE_OBJECT) -> Write | None:
    """Read an audit event of a write that was done: no refusal, no dry run.

    Writes of a subresource count only where `subresources` names it; "" is the object itself.
    """
    if len(text) > _MAX_CHARS:
        return None
    try:
        write = _write.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    done = write.verb in _WRITES and write.answer.code in _DONE
    whole = write.stage == "ResponseComplete" and write.about.subresource in subresources
    return write if done and whole and "dryRun=" not in write.uri else None


def body_after(write: Write, kind: type[_Body]) -> _Body | None:
    """Read the object as it is after a write; `None` where the event does not tell it whole."""
    body = write.stored
    if body == NO_BODY and write.verb != "patch":
        body = write.given
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError):
        return None
