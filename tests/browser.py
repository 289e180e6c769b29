"""A headless Chromium, asked what a page looks like: the DevTools protocol over a pipe."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser")
_END = b"\0"
_HEIGHT = 900
Theme = Literal["light", "dark"]


@dataclass(slots=True)
class Browser:
    """One browser with one page at a time."""

    commands: BinaryIO
    answers: BinaryIO
    session: str = ""
    count: int = 0
    pending: bytes = field(default=b"", repr=False)

    def open(self, file: Path, width: int, theme: Theme) -> None:
        """Show a file in a window of so many pixels, in a theme."""
        page = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=page, flatten=True)
        self.session = attached["sessionId"]
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=_HEIGHT,
                   deviceScaleFactor=1, mobile=False)  # fmt: skip
        self._call("Emulation.setEmulatedMedia",
                   features=[{"name": "prefers-color-scheme", "value": theme}])  # fmt: skip
        self._call("Page.enable")
        self._call("Page.navigate", url=file.as_uri())
        while self._message().get("method") != "Page.loadEventFired":
            pass

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401  # whatever the page says
        """Return the value of an expression in the page."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"]["value"]

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        self.count += 1
        command = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        self.commands.write(json.dumps(command).encode() + _END)
        self.commands.flush()
        while True:
            message = self._message()
            if message.get("id") == self.count:
                result: dict[str, Any] = message["result"]
                return result

    def _message(self) -> dict[str, Any]:
        while _END not in self.pending:
            chunk = self.answers.read1(65_536)  # type: ignore[attr-defined]  # a buffered reader
            assert chunk, "the browser has gone"
            self.pending += chunk
        text, _, self.pending = self.pending.partition(_END)
        message: dict[str, Any] = json.loads(text)
        return message


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Start a browser, and end it."""
    assert EXECUTABLE is not None
    read_commands, write_commands = os.pipe()
    read_answers, write_answers = os.pipe()

    def _place_pipes() -> None:
        # The protocol's pipe is expected at the descriptors 3 and 4.
        os.dup2(read_commands, 100), os.dup2(write_answers, 101)
        os.dup2(100, 3), os.dup2(101, 4)

    process = subprocess.Popen(  # noqa: S603  # the machine's own browser
        [EXECUTABLE, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
         f"--user-data-dir={profile}", "--hide-scrollbars"],
        close_fds=False, preexec_fn=_place_pipes, stderr=subprocess.DEVNULL,  # noqa: PLW1509
    )  # fmt: skip
    os.close(read_commands)
    os.close(write_answers)
    try:
        with os.fdopen(write_commands, "wb") as commands, os.fdopen(read_answers, "rb") as answers:
            yield Browser(commands, answers)
    finally:
        process.terminate()
        process.wait(timeout=20)
