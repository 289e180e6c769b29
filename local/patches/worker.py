# ruff: noqa: SLF001 - a patch reaches into what it patches
"""Lambda processes see the packages and report the errors that they would in AWS, and sooner.

Gaps of MiniStack 1.5.33, and AWS:
- A function sees every package of the emulator's environment, so one that is missing from its
  bundle goes unnoticed. In AWS it sees its own zip first, then the SDK that the runtime ships.
- Every cold start imports botocore for a loop counter; in AWS a function that needs no SDK pays
  for none.
- An exception ends the process and is always named `Runtime.HandlerError`. In AWS the process
  lives on, and the answer holds the exception's class, message and stack.
- The log of an invocation is what happens to arrive within 5 to 50 ms. Here a mark ends it: no
  line is lost or shown with the next invocation, and a function that prints nothing waits for none.
"""

import queue
import time
from importlib.metadata import distribution
from pathlib import Path

from local import recorder
from local.patches._ministack import Json, PatchMismatch, lambda_runtime, lambda_svc, replace

SDK_DISTRIBUTIONS = (
    "boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3",
)  # fmt: skip
END_OF_LOG = "\x00end of invocation\x00"
ERROR_MARK = "__netpolwatch_function_error__"
LOG_SECONDS = 1.0
LOG_SECONDS_AFTER_DEATH = 0.05

_PREAMBLE = """\
import sys
sys.path[:] = [p for p in sys.path[1:] if "site-packages" not in p] + [{sdk!r}]
import netpolwatch_recorder
netpolwatch_recorder.install({journal!r})
"""

_LOOP_COUNTER = "\n    _ms_install_invoke_depth()\n"

_STOCK_ERROR = """\
        except Exception as e:
            _real_stdout.write(json.dumps({"status": "error", "error": str(e), \
"trace": traceback.format_exc()}) + "\\n")
        _real_stdout.flush()
"""

_ERROR = """\
        except Exception as e:
            print(f"[ERROR] {{type(e).__name__}}: {{e}}")
            traceback.print_exc()
            _real_stdout.write(json.dumps({{"status": "ok", "result": {{{mark!r}: {{
                "errorMessage": str(e),
                "errorType": type(e).__name__,
                "requestId": _ms_ctx.get("request_id", ""),
                "stackTrace": traceback.format_tb(e.__traceback__),
            }}}}}}) + "\\n")
        sys.stderr.write("\\n" + {end!r} + "\\n")
        sys.stderr.flush()
        _real_stdout.flush()
"""


def apply(temporary: Path, journal: Path) -> None:
    """Change the worker's script and how its log and its errors are read.

    `journal` gets a line for each call that a function makes; see `local.recorder`.
    """
    sdk = temporary / "lambda-runtime"
    _link_sdk(sdk)
    script = _script(lambda_runtime._PYTHON_WORKER_SCRIPT, sdk, journal)
    lambda_runtime._PYTHON_WORKER_SCRIPT = script  # type: ignore[attr-defined]
    _patch_log()
    _patch_errors()


def _script(stock: str, sdk: Path, journal: Path) -> str:
    for part in (_LOOP_COUNTER, _STOCK_ERROR):
        if stock.count(part) != 1:
            raise PatchMismatch(f"the worker's script lacks {part.strip()!r}")
    script = stock.replace(_LOOP_COUNTER, "\n")
    script = script.replace(_STOCK_ERROR, _ERROR.format(mark=ERROR_MARK, end=END_OF_LOG))
    return _PREAMBLE.format(sdk=str(sdk), journal=str(journal)) + script


def _link_sdk(folder: Path) -> None:
    folder.mkdir()
    (folder / "netpolwatch_recorder.py").symlink_to(Path(recorder.__file__))
    for name in SDK_DISTRIBUTIONS:
        files = distribution(name).files or []
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            (folder / top).symlink_to(Path(str(distribution(name).locate_file(top))))


def _patch_log() -> None:
    def drain(
        self: "lambda_runtime.Worker",  # type: ignore[name-defined]
        first_line_wait: float = 0.05,
        idle_confirm: float = 0.005,
        hard_cap: float = 0.25,
    ) -> str:
        if not str(self.config.get("Runtime", "")).startswith("python"):
            return str(stock(self, first_line_wait, idle_confirm, hard_cap))
        wait = LOG_SECONDS_AFTER_DEATH if self._proc is None else LOG_SECONDS
        return _read_log(self._stderr_queue, wait)

    stock = replace(lambda_runtime.Worker, "_drain_stderr_bounded", drain)


def _read_log(lines: "queue.Queue[str]", wait: float) -> str:
    log: list[str] = []
    deadline = time.monotonic() + wait
    while True:
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        if line == END_OF_LOG:
            break
        log.append(line)
    # The mark begins with a line break, in case the function's last line had none.
    if log and not log[-1]:
        log.pop()
    return "\n".join(log)


def _patch_errors() -> None:
    def execute(func: Json, event: Json, request_id: str) -> Json:
        result: Json = stock(func, event, request_id)
        body = result.get("body")
        if isinstance(body, dict) and ERROR_MARK in body:
            return {**result, "body": body[ERROR_MARK], "error": True}
        return result

    stock = replace(lambda_svc, "_execute_function_warm", execute)
