"""`python -m local start|stop|status`: an emulator that stays until it is stopped."""

import argparse
import sys
from pathlib import Path

from local import process
from local.emulator import Emulator
from local.layout import DEFAULT_STATE, State


def main() -> int:
    """Run one command. Exit 0: done; 1: there is none to stop or to show; 2: it did not start."""
    arguments = _arguments()
    state = State(arguments.state.resolve())
    if arguments.command == "start":
        return _start(state, arguments.port)
    if arguments.command == "stop":
        return 0 if process.stop(state) else _say(1, f"no emulator is running in {state.folder}")
    return _status(state)


def _start(state: State, port: int) -> int:
    try:
        process.start(state, port, with_parent=False)
        emulator = Emulator.attached(state)
    except process.EmulatorError as error:
        return _say(2, str(error))
    _write(f"# {emulator.endpoint_url}\nunset AWS_PROFILE AWS_SESSION_TOKEN\n")
    for name, value in emulator.exports().items():
        _write(f"export {name}={value!r}\n")
    return 0


def _status(state: State) -> int:
    record = process.running(state)
    if record is None:
        return _say(1, f"no emulator is running in {state.folder}")
    _write(f"{process.url(record['port'])} (pid {record['pid']}, {state.folder})\n")
    for kind, logical_id in Emulator.attached(state).recorded_noops():
        _write(f"accepted, not emulated: {kind} {logical_id}\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("command", choices=["start", "stop", "status"])
    parser.add_argument("--state", type=Path, default=DEFAULT_STATE, help="the emulator's folder")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    return parser.parse_args()


def _say(code: int, message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return code


def _write(text: str) -> None:
    sys.stdout.write(text)


if __name__ == "__main__":
    sys.exit(main())
