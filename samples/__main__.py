"""`python -m samples` writes the sample day, or a short one, as a canonical event file."""

import argparse
import sys
from pathlib import Path

from netpolwatch.ingest.timestamps import milliseconds, rfc3339
from samples.generate import cluster_day, write_events
from samples.story import DEFAULT_END_MS, DEFAULT_SEED

_OUT = Path(__file__).resolve().parent / "cluster-day.jsonl"


def main(arguments: list[str] | None = None) -> int:
    """Write the file and say what was written."""
    options = _parser().parse_args(arguments)
    events = cluster_day(seed=options.seed, end_ms=options.end, scale=options.scale)
    options.out.write_text(write_events(events), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{options.out}: {len(events)} events until {rfc3339(options.end)}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m samples", description=__doc__)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--end", type=_time, default=DEFAULT_END_MS, help="RFC 3339 time")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the numbers of events")
    parser.add_argument("--out", type=Path, default=_OUT)
    return parser


def _time(text: str) -> int:
    timestamp = milliseconds(text)
    if timestamp is None:
        raise argparse.ArgumentTypeError(f"not an RFC 3339 time: {text}")
    return timestamp


if __name__ == "__main__":
    sys.exit(main())
