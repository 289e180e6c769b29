"""Whose panic is it: a Go trace is attributed by its frames, not by its first words."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from netpolwatch.catalogue.statement import begins_statement
from netpolwatch.catalogue.trace_masks import fingerprint
from netpolwatch.ingest.origin import AGENT, AGENT_HABITS, AWS_NODE, component_of_container
from netpolwatch.ingest.prefix import container_of, without_printed

MAX_FRAMES = 5
_MAX_TRACE_CHARS = 32_768
_MAX_MESSAGE_CHARS = 400
_PANIC = re.compile(r"^panic: (?P<message>[^\n]{1,400})", re.MULTILINE)
_HEAD = re.compile(r"^goroutine \d+ \[", re.MULTILINE)
_NO_FRAME = ("goroutine ", "panic", "created by ", "exit status ", "[", " ", "\t")
_LANGUAGE = ("runtime.", "runtime/", "panic", "testing.", "reflect.")
_MODULES = (
    ("github.com/aws/aws-network-policy-agent", AGENT),
    ("github.com/achevuru/aws-eks-nodeagent", AGENT),
    ("github.com/aws/amazon-vpc-cni-k8s", AWS_NODE),
)

_OBSERVED = "Observed a panic"
_AGENT_GROUP = "networking.k8s.aws"

SOMEBODY_ELSE = "somebody-else"


class Panic(NamedTuple):
    """A panic and what its trace tells.

    Attributes
    ----------
    owner
        The component that crashed; `None` where nothing tells.
    frame
        The owner's topmost frame, else the topmost one that is not the language's own.
    frames
        The topmost frames, at most `MAX_FRAMES`: functions without their arguments.
    """

    message: str
    owner: str | None
    frame: str | None
    frames: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """What is the same for every crash in this place."""
        return fingerprint(self.message, self.frames)

    @property
    def words(self) -> str:
        """What shows the panic best: its message and its topmost frames."""
        return "\n".join((f"panic: {self.message}", *self.frames))


class _Observed(msgspec.Struct, frozen=True):
    """A panic that controller-runtime caught in a reconciler, and lived on."""

    message: str = msgspec.field(name="msg")
    panic: str = ""
    group: str | None = msgspec.field(name="controllerGroup", default=None)
    trace: str = msgspec.field(name="stacktrace", default="")


_observed = msgspec.json.Decoder(_Observed)


def find_panic(text: str, component: str | None) -> Panic | None:
    """Find the first panic that a text tells of, and tell whose it is."""
    if _OBSERVED in text:
        return _find_observed(text[:_MAX_TRACE_CHARS], component)
    return _find_fatal(text, component)


def _find_observed(text: str, component: str | None) -> Panic | None:
    at = text.find(_OBSERVED)
    try:
        said = _observed.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        if not begins_statement(text, at):
            return None
        said = _Observed(text[at:].partition("\n")[0])
    if not said.message.startswith(_OBSERVED):
        return None
    frames = _frames(said.trace)
    owner, frame = _owner(said.trace, frames)
    if owner is None and said.group is not None:
        owner = AGENT if said.group == _AGENT_GROUP else SOMEBODY_ELSE
    message = said.panic or said.message.partition(": ")[2]
    return _panic(message[:_MAX_MESSAGE_CHARS], owner or component, frame, frames)


def _find_fatal(text: str, component: str | None) -> Panic | None:
    """Find the first panic that starts a line of a text."""
    plain = without_printed(text[:_MAX_TRACE_CHARS])
    found = _PANIC.search(plain)
    if found is None:
        return None
    frames = _frames(plain[found.end() :])
    owner, frame = _owner(plain, frames)
    if owner is None:
        owner = component or _named_container(text)
    if owner is None and (frames or _HEAD.search(plain, found.end())):
        owner = SOMEBODY_ELSE
    return _panic(found["message"], owner, frame, frames)


def _panic(message: str, owner: str | None, frame: str | None, frames: Sequence[str]) -> Panic:
    own = tuple(frame for frame in frames if not frame.startswith(_LANGUAGE))[:MAX_FRAMES]
    return Panic(message, owner, frame or next(iter(own), None), own)


def _frames(trace: str) -> list[str]:
    """Take the functions of a trace: `package.(*Type).method(0x4000, …)` without its arguments."""
    lines = [line for line in trace.split("\n") if not line.startswith(_NO_FRAME)]
    functions = [_before_arguments(line) for line in lines if "." in line and "(" in line]
    return [function for function in functions if function]


def _before_arguments(line: str) -> str:
    # The receiver has brackets too, `(*Type)`: the arguments' open after a method's name.
    opening = line.find("(", line.find(").") + 1)
    return line[:opening].strip() if opening > 0 else ""


def _owner(plain: str, frames: list[str]) -> tuple[str | None, str | None]:
    for frame in frames:
        for module, component in _MODULES:
            if frame.startswith(module):
                return component, frame
    if any(habit in plain for habit in AGENT_HABITS):
        return AGENT, None
    return None, None


def _named_container(text: str) -> str | None:
    container = container_of(text)
    return component_of_container(container) if container else None
