"""`netpolwatch test-alert`: a marked test through every channel of a deployment."""

import secrets
import time
from typing import Annotated

import typer

from netpolwatch.cli.running import DEFAULT_STACK, Profile, Region, Stack, deployed
from netpolwatch.findings.items import TEST_KEY, Outgoing, TestItem
from netpolwatch.findings.ledger import Ledger
from netpolwatch.findings.notices import TestNotice

_LOOK_EVERY_SECONDS = 1.0


def send_test(
    text: Annotated[str, typer.Option(help="What the test says.")] = "Sent by hand.",
    wait: Annotated[int, typer.Option(help="Seconds to wait until it is sent.")] = 60,
    stack: Stack = DEFAULT_STACK,
    region: Region = None,
    profile: Profile = None,
) -> int:
    """Send a test through every configured channel; exit 1 if one of them does not accept it."""
    ledger = deployed(stack, region, profile).ledger()
    identity = _send(ledger, text)
    typer.echo(f"queued test notification {identity}")
    end = time.monotonic() + wait
    while time.monotonic() < end:
        left = _waiting(ledger, identity)
        if left is None:
            typer.echo("every channel accepted it")
            return 0
        time.sleep(_LOOK_EVERY_SECONDS)
    left = _waiting(ledger, identity)
    took = ", ".join(sorted(left.sent)) if left is not None else "every channel"
    typer.echo(f"after {wait} s it was accepted by: {took or 'no channel'}; see the notifier's log")
    return int(left is not None)


def _send(ledger: Ledger, text: str) -> str:
    now_ms, identity = time.time_ns() // 1_000_000, secrets.token_hex(16)
    notice = TestNotice(text=text[:500], at=now_ms)
    outgoing = Outgoing(id=identity, notice=notice, at=now_ms, due_at=now_ms)
    ledger.change([TEST_KEY], lambda _: {TEST_KEY: TestItem(outbox=(outgoing,))}, now_ms)
    return identity


def _waiting(ledger: Ledger, identity: str) -> Outgoing | None:
    item = ledger.read([TEST_KEY]).get(TEST_KEY)
    outbox = item.outbox if item is not None else ()
    return next((outgoing for outgoing in outbox if outgoing.id == identity), None)
