"""The server process: MiniStack with our patches, on one port of 127.0.0.1.

Runs in `.venv-local` as `python -m local.server --state DIR [--port N] [--with-parent]`.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import sys
import threading
from importlib.metadata import version
from pathlib import Path

from local.layout import ACCOUNT, HOST, REGION, State

MINISTACK_VERSION = "1.5.33"


def main() -> None:
    """Serve until SIGTERM or, with `--with-parent`, until stdin ends."""
    arguments = _arguments()
    found = version("ministack")
    if found != MINISTACK_VERSION:
        sys.exit(f"the patches are written for ministack {MINISTACK_VERSION}, found {found}")
    state = State(arguments.state)
    listener = _listen(arguments.port)
    port: int = listener.getsockname()[1]
    os.environ.update(_settings(state, port))
    # MiniStack reads its settings while it is imported, so only now.
    from local.patches import apply_all  # noqa: PLC0415

    apply_all(state)
    asyncio.run(_serve(state, listener, port, with_parent=arguments.with_parent))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--with-parent", action="store_true")
    return parser.parse_args()


def _listen(port: int) -> socket.socket:
    # Bound here and handed over: no other emulator can take the port between choice and use.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        sys.exit(f"cannot listen on {HOST}:{port}: {error.strerror}")
    return listener


def _settings(state: State, port: int) -> dict[str, str]:
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # No container runtime: one that happens to run on this machine is none of our business.
        "DOCKER_HOST": f"unix://{state.folder}/no-docker.sock",
        "S3_DATA_DIR": str(state.temporary / "s3"),
        "STATE_DIR": str(state.temporary / "state"),
        "LOG_LEVEL": "WARNING",
    }


async def _serve(state: State, listener: socket.socket, port: int, *, with_parent: bool) -> None:
    from local.patches import _ministack  # noqa: PLC0415

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    if with_parent:
        threading.Thread(target=_watch_parent, args=(loop, ended), daemon=True).start()
    config = _ministack.hypercorn_config.Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    server = asyncio.create_task(_ministack.hypercorn_asyncio.serve(_ministack.app.app, config))
    stop = asyncio.create_task(ended.wait())
    await _announce(state, port, server)
    await asyncio.wait({server, stop}, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.to_thread(_ministack.lambda_runtime.reset)
    shutil.rmtree(state.temporary, ignore_errors=True)
    # Nothing is kept, so nothing is worth a graceful wait for idle connections.
    os._exit(0)


async def _announce(state: State, port: int, server: "asyncio.Task[None]") -> None:
    while not server.done():
        try:
            _reader, writer = await asyncio.open_connection(HOST, port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        partial = state.server.with_suffix(".partial")
        partial.write_text(json.dumps({"pid": os.getpid(), "port": port}))
        partial.replace(state.server)
        return


def _watch_parent(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    # The parent holds the other end of the pipe: it closes with the parent, whatever ended it.
    sys.stdin.buffer.read()
    loop.call_soon_threadsafe(ended.set)


if __name__ == "__main__":
    main()
