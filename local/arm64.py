"""What the functions' bundle finds in the samples: the same on each CPU, or something is wrong.

`build FOLDER` makes the bundle for Lambda; `look FOLDER` runs it and prints what it finds. The
second imports nothing but the standard library and the bundle: it runs under an emulated CPU, too.
"""

import base64
import gzip
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
_SAMPLE = _ROOT / "samples" / "quickstart.jsonl"
_GROUP = "/aws/eks/demo/cluster"
_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")
"""What Lambda's runtime brings: pure Python, so this machine's copies serve."""

_HANDLERS = ("analyzer", "judge", "notifier", "subscriber", "sweeper")
_PRIVATE = r"interface (?P<interface>\S{1,40}) not found"
_NOW_MS = 1_781_006_400_000


def main(command: str, folder: Path, *options: str) -> None:
    """Run one command."""
    if command == "build":
        _build(folder)
        return
    # Here, this machine's own packages stand in for the bundle's, which are for another CPU.
    here = "--here" in options
    sys.path[:0] = [str(_ROOT)] if here else [str(folder), str(_runtime(folder))]
    sys.stdout.write(json.dumps(_found(), indent=1, sort_keys=True) + "\n")


def _build(folder: Path) -> None:
    from infra.bundle import Profile, build  # noqa: PLC0415 - what looks has no CDK
    from netpolwatch.settings import Settings  # noqa: PLC0415

    build(folder, Profile.aws(), Settings(clusters={_GROUP: "demo"}))
    packages = Path(importlib.import_module("boto3").__file__ or "").parent.parent
    _runtime(folder).mkdir(exist_ok=True)
    for name in _RUNTIME:
        link = _runtime(folder) / name
        link.unlink(missing_ok=True)
        link.symlink_to(packages / name)


def _runtime(folder: Path) -> Path:
    return folder.parent / "runtime"


def _found() -> dict[str, Any]:
    from netpolwatch import Analyzer  # noqa: PLC0415 - its path is known only now
    from netpolwatch.catalogue.linear import compile_linear  # noqa: PLC0415

    analyzer, batches = Analyzer(), []
    for stream, events in _by_stream().items():
        batch = analyzer.analyze(_payload(stream, events), now_ms=_NOW_MS)
        batches.append(
            {
                "stream": stream,
                "events": batch.events,
                "verdicts": batch.by_verdict,
                "dispositions": batch.by_disposition,
                "sightings": sorted(sighting.issue for sighting in batch.sightings),
                "facts": len(batch.facts),
                "unparsed": batch.unparsed,
                "error": batch.error,
            }
        )
    line = "interface eni0 not found"
    private = [found.groupdict() for found in compile_linear(_PRIVATE).finditer(line, 0, len(line))]
    return {"batches": batches, "private": private, "handlers": _handlers()}


def _handlers() -> list[str]:
    """Import each handler, as a cold start does; returns the names of those that can be called."""
    names = (
        "FINDINGS_TABLE",
        "KNOWLEDGE_TABLE",
        "DASHBOARD_NAME",
        "ANALYZER_ARN",
        "SETTLING_QUEUE_URL",
    )
    os.environ |= dict.fromkeys(names, "name")
    os.environ["AWS_DEFAULT_REGION"] = "eu-west-1"
    os.environ["FAILURE_QUEUE_URL"] = "https://sqs.eu-west-1.amazonaws.com/123456789012/failures"
    for topic in ("FINDINGS", "OPS"):
        os.environ[f"{topic}_TOPIC_ARN"] = f"arn:aws:sns:eu-west-1:123456789012:{topic}"
    settings: Any = importlib.import_module("lambdas.settings")
    if not settings._SETTINGS_FILE.exists():  # noqa: SLF001 - a checkout has none
        settings.load_settings = _default_settings
    modules = (importlib.import_module(f"lambdas.{name}.handler") for name in _HANDLERS)
    return [module.__name__ for module in modules if callable(module.handle)]


def _default_settings() -> Any:  # noqa: ANN401 - of a module that is found at run time
    return importlib.import_module("netpolwatch.settings").Settings(clusters={_GROUP: "demo"})


def _by_stream() -> dict[str, list[dict[str, Any]]]:
    streams: dict[str, list[dict[str, Any]]] = {}
    for line in _SAMPLE.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        streams.setdefault(event["logStream"], []).append(event)
    return streams


def _payload(stream: str, events: list[dict[str, Any]]) -> str:
    envelope = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": _GROUP,
        "logStream": stream,
        "subscriptionFilters": ["netpolwatch"],
        "logEvents": [
            {"id": f"{number:056d}", "timestamp": event["timestamp"], "message": event["message"]}
            for number, event in enumerate(events)
        ],
    }
    return base64.b64encode(gzip.compress(json.dumps(envelope).encode(), mtime=0)).decode()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
