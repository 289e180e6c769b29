"""A server on this machine that answers as it is told, and remembers what came."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What the server answers: after `delay` seconds, a status, headers and a body."""

    status: int = 200
    body: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


@dataclass
class Server:
    """A running server."""

    url: str
    answers: list[Answer]
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@contextmanager
def serving(*answers: Answer) -> Iterator[Server]:
    """Serve; the last answer is given for ever."""
    state = Server("", list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's own name
            length = int(self.headers.get("Content-Length", 0))
            text = self.rfile.read(length).decode()
            is_json = "json" in self.headers.get("Content-Type", "")
            state.got.append((self.path, json.loads(text) if is_json else {"form": text}))
            answer = state.answers.pop(0) if len(state.answers) > 1 else state.answers[0]
            time.sleep(answer.delay)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body.encode())

        do_GET = do_POST  # noqa: N815  # as above

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
