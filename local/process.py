"""The server as a process: started in its own session, ended by its own process group."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from local.layout import ACCOUNT, HOST, INTERPRETER, REGION, ROOT, State

START_SECONDS = 30.0
STOP_SECONDS = 5.0
LOG_TAIL_LINES = 20


class EmulatorError(RuntimeError):
    """The emulator cannot be started, or is not there."""


class ServerRecord(TypedDict):
    """What `server.json` holds: the server's process (and group) id and its TCP port."""

    pid: int
    port: int


def start(state: State, port: int = 0, *, with_parent: bool) -> subprocess.Popen[bytes]:
    """Start a server and return once it answers.

    `port` 0 takes any free one. `with_parent`: the server ends when this process does.
    Raises EmulatorError with the tail of the server's log.
    """
    if running(state) is not None:
        raise EmulatorError(f"an emulator is already running in {state.folder}")
    _prepare(state)
    process = _spawn(state, port, with_parent=with_parent)
    try:
        _await_ready(state, process)
    except BaseException:
        stop(state, process)
        raise
    return process


def stop(state: State, process: subprocess.Popen[bytes] | None = None) -> bool:
    """End the server and all it started, and remove its temporary files.

    Returns False when there was nothing to end. Without `process`, the pid of the record is used.
    """
    record = running(state)
    pid = process.pid if process else record["pid"] if record else None
    if pid is not None:
        _end_group(pid, process)
    state.server.unlink(missing_ok=True)
    shutil.rmtree(state.temporary, ignore_errors=True)
    return pid is not None


def running(state: State) -> ServerRecord | None:
    """Return the record of a server that is alive, else None."""
    try:
        record: ServerRecord = json.loads(state.server.read_text())
    except (OSError, ValueError):
        return None
    return record if _is_server(record["pid"]) else None


def _prepare(state: State) -> None:
    if not INTERPRETER.exists():
        raise EmulatorError(f"{INTERPRETER.relative_to(ROOT)} is missing: run `make setup`")
    shutil.rmtree(state.temporary, ignore_errors=True)
    for folder in (state.folder, state.temporary, state.home):
        folder.mkdir(parents=True, exist_ok=True)
    for stale in (state.server, state.noops, state.mailbox):
        stale.unlink(missing_ok=True)


def _spawn(state: State, port: int, *, with_parent: bool) -> subprocess.Popen[bytes]:
    command = [str(INTERPRETER), "-m", "local.server", "--state", str(state.folder)]
    command += ["--port", str(port)] + ["--with-parent"] * with_parent
    with state.log.open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            cwd=ROOT,
            env=_server_environment(state),
            stdin=subprocess.PIPE if with_parent else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _server_environment(state: State) -> dict[str, str]:
    # Made from nothing: a Lambda inherits it, and a proxy, a profile or a PYTHONPATH of the
    # caller's shell would make a function behave here as it never does in AWS.
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(state.home),
        "TMPDIR": str(state.temporary),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NETPOLWATCH_LOCAL_RETRY_SECONDS": os.environ.get("NETPOLWATCH_LOCAL_RETRY_SECONDS", "0.1"),
    }


def _await_ready(state: State, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not state.server.exists():
        if process.poll() is not None:
            raise EmulatorError(f"the emulator ended while starting\n{_log_tail(state)}")
        if time.monotonic() > deadline:
            raise EmulatorError(f"no answer after {START_SECONDS:.0f} s\n{_log_tail(state)}")
        time.sleep(0.02)


def _log_tail(state: State) -> str:
    lines = state.log.read_text(errors="replace").splitlines()
    return "\n".join(lines[-LOG_TAIL_LINES:])


def _end_group(pid: int, process: subprocess.Popen[bytes] | None) -> None:
    # The server first, alone: it ends and reaps its Lambda processes, so none becomes a zombie.
    _signal(os.kill, pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while _alive(pid, process) and time.monotonic() < deadline:
        time.sleep(0.02)
    _signal(os.killpg, pid, signal.SIGKILL)
    if process is not None:
        process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _signal(send: Callable[[int, int], None], target: int, number: int) -> None:
    try:
        send(target, number)
    except (ProcessLookupError, PermissionError):
        # Gone already. A group that holds only zombies may answer "not permitted".
        return


def _alive(pid: int, process: subprocess.Popen[bytes] | None) -> bool:
    return process.poll() is None if process is not None else _is_server(pid)


def _is_server(pid: int) -> bool:
    """Tell whether the pid is a live server of ours: ids are reused, and zombies still have one."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    command = Path(f"/proc/{pid}/cmdline")
    try:
        return b"local.server" in command.read_bytes()
    except OSError:
        # No /proc here (macOS): a live pid has to do.
        return not command.parent.parent.is_dir()


def url(port: int) -> str:
    """Return the endpoint of a server on this port."""
    return f"http://{HOST}:{port}"
