"""`python -m local.demo`: deploy, feed, watch, compare; exit 1 where story and world differ."""

import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from local.demo import feed, latency, show
from local.demo.clockwork import A_DAY, A_QUARTER, settle, tick
from local.demo.comparison import differences, names_told
from local.demo.ending import counts_of, show_ending, write_mails
from local.demo.figures import Series, read_series
from local.demo.inbox import Inbox, Message, dead_letters, stored_findings
from local.demo.laptop import analyze, write_page
from local.demo.leftovers import count_left
from local.demo.lock import DemoRunningError, only_demo
from local.deployment import Deployment, DeploymentError, deploy
from local.emulator import Emulator
from local.layout import ROOT
from local.process import EmulatorError
from netpolwatch.configuration import read_config
from netpolwatch.subscription.pattern import parse
from samples.cluster import LOG_GROUPS
from samples.generate import Event, cluster_day, write_events
from samples.story import DEFAULT_SEED, Expected, expected

_BUILD = ROOT / "build"
_WORK = _BUILD / "demo"
_RESULT = _BUILD / "demo.json"
_EVENTS = ROOT / "samples" / "cluster-day.jsonl"
_CONFIG = ROOT / "samples" / "netpolwatch.yaml"
_LOCK = _BUILD / "demo.lock"
_PAGE = _WORK / "report.html"
_MAILS = _WORK / "mail"
_PATIENCE_SECONDS = 90
_INTERRUPTED = 130
_VERBOSE = os.environ.get("VERBOSE", "") not in ("", "0")


@dataclass(slots=True)
class Clock:
    """Seconds each step took."""

    console: Console
    steps: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step and say that it began."""
        self.console.print(f"[bold]>[/] {name}")
        started = time.monotonic()
        yield
        self.steps[name] = round(time.monotonic() - started, 2)


def main() -> int:
    """Run the demo; returns the exit code."""
    console = Console()
    try:
        with only_demo(_LOCK):
            return _demo(console)
    except (DeploymentError, EmulatorError, DemoRunningError) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("stopped; the emulator is gone")
        return _INTERRUPTED


def _demo(console: Console) -> int:
    console.print("[dim]About two minutes. The hours that pass are simulated.[/]")
    shutil.rmtree(_WORK, ignore_errors=True)
    _WORK.mkdir(parents=True)
    result = _run(console)
    result["processes_left"] = count_left(_WORK)
    _RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    write_page(_EVENTS, _PAGE)
    if _VERBOSE:
        show.show_result(console, result)
    show_ending(console, result, _PAGE, _MAILS)
    return int(bool(result["differences"] or result["processes_left"]))


def _run(console: Console) -> dict[str, Any]:
    clock, story = Clock(console), expected()
    events = cluster_day(seed=DEFAULT_SEED, end_ms=time.time_ns() // 1_000_000)
    _EVENTS.write_text(write_events(events), encoding="utf-8")
    with ExitStack() as stack:
        with clock.step("start the emulator"):
            emulator = stack.enter_context(Emulator.started(_WORK))
        return _through(console, clock, emulator, events, story)


def _through(
    console: Console, clock: Clock, emulator: Emulator, events: list[Event], story: Expected
) -> dict[str, Any]:
    feed.create_groups(emulator.client("logs"), LOG_GROUPS)
    with clock.step("deploy"):
        deployment = deploy(emulator, _CONFIG, _WORK, lambda step: console.print(f"  {step}"))
    console.print(f"  {deployment.outputs['SubscriptionReport']}", markup=False)
    inbox = Inbox.subscribed(emulator, deployment)
    with clock.step(f"write {len(events):,} events"):
        _feed(console, emulator, events)
    with clock.step("wait until all of it is counted"):
        _settle(emulator, deployment, inbox, story)
    now_ms = time.time_ns() // 1_000_000
    with clock.step("a quarter of an hour later (simulated): tables and digests"):
        _pass_time(emulator, inbox, now_ms, A_QUARTER)
    stored = stored_findings(emulator, deployment)
    with clock.step("a day later (simulated): what fell silent is over"):
        _pass_time(emulator, inbox, now_ms, A_DAY)
    messages, ended = list(inbox.messages), stored_findings(emulator, deployment)
    mails = emulator.mails()
    series, lost = read_series(emulator.client("cloudwatch")), dead_letters(emulator, deployment)
    with clock.step("measure the latency"):
        measured = latency.measure(emulator, inbox, now_ms + A_DAY[-1])
    with clock.step("the same events without AWS"):
        ids = {finding["id"] for finding in analyze(_EVENTS)}
    subscribed = _subscribed(events)
    found = differences(story, messages, stored, series, lost, subscribed=subscribed)
    found += [f"finding {one} is only on one side" for one in sorted(ids ^ stored.keys())]
    write_mails(_MAILS, mails)
    if _VERBOSE:
        show.show_messages(console, messages, mails)
        show.show_metrics(console, series)
    return {
        "expected": story.as_json(),
        "received": [_received(message) for message in messages],
        "sent": counts_of(messages),
        "worst": show.worst_subject(mails),
        "names": names_told(story, messages, stored),
        "ended": dict(Counter(state["status"] for state in ended.values())),
        "metrics": _metrics(series),
        "events": {"written": len(events), "subscribed": subscribed},
        "dead_letters": lost,
        "seconds": {"steps": clock.steps, "line_to_message": asdict(measured)},
        "same_ids_without_aws": ids == stored.keys(),
        "recorded_noops": emulator.recorded_noops(),
        "differences": found,
    }


def _subscribed(events: Sequence[Event]) -> int:
    """Count what passes the subscriptions' patterns."""
    patterns = [parse(text) for text in read_config({"config": str(_CONFIG)}.get).patterns()]
    return sum(pattern.matches(event.message) for event in events for pattern in patterns)


def _pass_time(emulator: Emulator, inbox: Inbox, now_ms: int, times_ms: Sequence[int]) -> None:
    for later in times_ms:
        tick(emulator, now_ms + later)
        settle(inbox)


def _feed(console: Console, emulator: Emulator, events: Sequence[Event]) -> None:
    columns = (TextColumn("  "), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=len(events))
        feed.write(emulator.client("logs"), events, lambda count: bar.advance(task, count))


def _settle(emulator: Emulator, deployment: Deployment, inbox: Inbox, story: Expected) -> None:
    """Wait until all sightings are counted, and then until no more messages come."""
    sightings = sum(finding.count for finding in story.findings)
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        stored = stored_findings(emulator, deployment)
        if sum(state["count"] for state in stored.values()) >= sightings:
            break
        time.sleep(0.5)
    settle(inbox)


def _received(message: Message) -> dict[str, Any]:
    kept = ("id", "issue", "cluster", "severity", "status", "subject", "count")
    told = {name: message.document[name] for name in kept if name in message.document}
    return told | {
        "kind": message.kind,
        "findings": message.findings,
        "rows": [
            {"issue": row["issue"], "subject": row["subject"], "status": row["status"]}
            for row in message.document.get("rows", ())
        ],
        "notification_id": message.attributes["notification_id"],
    }


def _metrics(series: Sequence[Series]) -> dict[str, dict[str, int]]:
    metrics: dict[str, dict[str, int]] = {}
    for one in series:
        metrics.setdefault(one.name, {})[one.label or "total"] = one.total
    return metrics


if __name__ == "__main__":
    sys.exit(main())
