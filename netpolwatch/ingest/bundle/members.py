"""What each member of a bundle is, by its path, and in which order rotated files are read.

Paths: eks-log-collector.sh of amazon-eks-ami (0.7), log_collector of eks-node-monitoring-agent;
rotated names: lumberjack (the agent, IPAMD), logrotate (messages), kubelet (containers' logs).
"""

import re
from enum import Enum
from typing import NamedTuple

import msgspec

from netpolwatch.ingest.origin import APPLICATION, bundle_group, container_log_of, origin_of

MAX_PATH_CHARS = 1_024
_MAX_KIND_CHARS = 32


class Use(Enum):
    """What is done with a member.

    `TEXT` is a file outside the collectors' folders that may hold events of any form.
    """

    LOG = "log"
    TEXT = "text"
    EBPF = "ebpf"
    NODE = "node"
    UNKNOWN = "unknown"


class Member(msgspec.Struct, frozen=True):
    """One file of a bundle.

    Attributes
    ----------
    number
        Its place in the bundle, from 0.
    path
        Its path, through the archives that it lies in; text of unknown honesty.
    root
        The part of the path before the collectors' own folders: one node's files.
    use
        What is done with it.
    component, node
        Who wrote it, and where; `None` where the bundle does not tell.
    """

    number: int
    path: str
    root: str
    use: Use
    component: str | None = None
    node: str | None = None

    @property
    def log_group(self) -> str:
        """What stands in as its log group."""
        return bundle_group(self.node)


class Turn(NamedTuple):
    """Where a file stands among the rotated files of one log: the smaller is the older."""

    log: str
    restart: int
    live: bool
    when: str
    age: int


_FOLDERS = frozenset({
    "kernel", "modinfo", "system", "docker", "containerd", "storage", "var_log", "networking",
    "sandbox-image", "ipamd", "sysctls", "kubelet", "nodeadm", "cni", "gpu", "throttles",
    "automode", "bottlerocket", "cpu_throttling", "io_throttling",
})  # fmt: skip
_READABLE = frozenset({"", "log", "jsonl", "ndjson", "json", "txt", "csv", "out"})
_NODE_FACTS = re.compile(r"(?:^|/)(?:kernel/uname|system/(?:instance-id|hostname))\.txt$")
_EBPF = re.compile(r"(?:^|/)[^/]*ebpf[^/]*data[^/]*\.(?:txt|log)$")
_COPY_WITH_TIMES = ("kernel/dmesg.current", "kernel/dmesg.human.current")
_PODS_FILE = re.compile(r"/\d+\.log[^/]*$")

_LUMBERJACK = re.compile(
    r"(?P<log>.+)-(?P<when>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3})(?P<kind>\.[a-z]{1,8})"
)
_NUMBERED = re.compile(r"(?P<log>.+)\.(?P<age>\d{1,4})")
_DATED = re.compile(r"(?P<log>.+?)[.-](?P<when>\d{8}(?:-\d{6,10})?)")
_RESTARTS = re.compile(r"(?P<restart>\d{1,6})\.log")


def describe(number: int, path: str) -> Member:
    """Tell what a member is by its path alone."""
    component = origin_of(bundle_group(None), _plain(path)).component
    return Member(number, path, root_of(path), _use(path, component), component)


def root_of(path: str) -> str:
    """Tell which node's files a path belongs to: what stands before the collectors' folders."""
    parts = path.split("/")
    for at, part in enumerate(parts[:-1]):
        if part in _FOLDERS:
            return "/".join(parts[:at])
    return "/".join(parts[:-1])


def unknown_kind(path: str) -> str:
    """Name the kind of a member that is not read: its collector's folder, else its ending."""
    for part in path.split("/")[:-1]:
        if part in _FOLDERS:
            return part
    name = path.rsplit("/", 1)[-1]
    ending = name.rsplit(".", 1)[-1] if "." in name[1:] else ""
    return f".{ending}"[:_MAX_KIND_CHARS] if ending.isalnum() and ending.isascii() else "other"


def turn_of(path: str) -> Turn:
    """Tell to which log a file belongs and where it stands in its rotation.

    >>> turn_of("messages.2") < turn_of("messages.1.gz") < turn_of("messages")
    True
    """
    folder, _, name = _plain(path).rpartition("/")
    live, when, age = True, "", 0
    if found := _LUMBERJACK.fullmatch(name):
        live, when, name = False, found["when"], found["log"] + found["kind"]
    elif found := _NUMBERED.fullmatch(name):
        live, age, name = False, -int(found["age"]), found["log"]
    elif found := _DATED.fullmatch(name):
        live, when, name = False, found["when"], found["log"]
    restart = 0
    if found := _RESTARTS.fullmatch(name):
        restart, name = int(found["restart"]), "*.log"
    return Turn(f"{folder}/{name}", restart, live, when, age)


def copies(paths: dict[str, Member]) -> set[int]:
    """Tell which logs are there twice: the numbers of those to leave.

    The collector copies a container's log by the link of `containers/` and by its folder in
    `pods/`, and prints the kernel's ring buffer with and without times.
    """
    in_pods = {
        (member.root, container_log_of(path))
        for path, member in paths.items()
        if _PODS_FILE.search(path)
    }
    plain, timed = _COPY_WITH_TIMES
    return {
        member.number
        for path, member in paths.items()
        if (
            not _PODS_FILE.search(path)
            and container_log_of(path) is not None
            and (member.root, container_log_of(path)) in in_pods
        )
        or (path.endswith(plain) and path[: -len(plain)] + timed in paths)
    }


def safe_path(path: str) -> str | None:
    """Normalize a member's name; `None` for one that points out of the archive.

    Nothing is ever written, so such a name could do no harm here; but who makes one is not to be
    believed about what a file is.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    outside = path.startswith("/") or "\0" in path or "\\" in path or ".." in parts
    if outside or not parts or len(path) > MAX_PATH_CHARS:
        return None
    return "/".join(parts)


def _plain(path: str) -> str:
    return path.removesuffix(".gz")


def _use(path: str, component: str | None) -> Use:
    if _NODE_FACTS.search(path):
        return Use.NODE
    if _EBPF.search(path):
        return Use.EBPF
    if component == APPLICATION:
        return Use.UNKNOWN
    if component is not None:
        return Use.LOG
    parts = _plain(path).split("/")
    if not _FOLDERS.isdisjoint(parts[:-1]) or any(part.startswith(".") for part in parts):
        return Use.UNKNOWN
    name = turn_of(path).log.rsplit("/", 1)[-1]
    ending = name.rsplit(".", 1)[-1] if "." in name else ""
    return Use.TEXT if ending.lower() in _READABLE else Use.UNKNOWN
