"""Where an emulator keeps what it writes. Shared by the parent and by the server."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INTERPRETER = ROOT / ".venv-local" / "bin" / "python"
DEFAULT_STATE = ROOT / "build" / "local"

HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT = "000000000000"


@dataclass(frozen=True, slots=True)
class State:
    """One emulator's folder; everything the server writes lies below it."""

    folder: Path

    @property
    def server(self) -> Path:
        """JSON `{"pid", "port"}`; it appears once the server answers."""
        return self.folder / "server.json"

    @property
    def log(self) -> Path:
        """What the server wrote to stdout and stderr."""
        return self.folder / "server.log"

    @property
    def noops(self) -> Path:
        """JSON lines `[resource type, logical id]`."""
        return self.folder / "noops.jsonl"

    @property
    def mailbox(self) -> Path:
        """JSON lines `{"to", "topic", "subject", "text"}`."""
        return self.folder / "mailbox.jsonl"

    @property
    def calls(self) -> Path:
        """JSON lines `{"function", "service", "operation", "resources"}`: what functions called."""
        return self.folder / "calls.jsonl"

    @property
    def temporary(self) -> Path:
        """The TMPDIR of the server and of every Lambda process."""
        return self.folder / "tmp"

    @property
    def home(self) -> Path:
        """The HOME of child processes, so that the CDK caches nothing outside."""
        return self.folder / "home"
