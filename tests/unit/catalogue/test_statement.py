"""What a line says itself, and what it only quotes."""

import json
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.statement import (
    begins_statement,
    has_keys_of_others,
    laid_out,
    repeated,
)

WORDS = "BPF map update failed"
OWN = [
    WORDS,
    f"04:35:02.626  {WORDS}",
    f"2018-08-01T12:00:01Z [ERROR] {WORDS}",
    f"2026-06-07 11:12:32.290147858 +0000 UTC {WORDS}",
    f"2026-01-10T10:00:00.100000001Z stderr F {WORDS}",
    f"E0307 19:47:48.587114       1 reflector.go:147] {WORDS}",
    f"I0307 19:47:48.587114       1 a.go:1] pkg/mod/k8s.io/client-go@v0.28.4/b.go:2: {WORDS}",
    f"[48211.101010] {WORDS}",
    f"kern  :warn  : [48211.101010] {WORDS}",
    f"Jun  9 12:00:01 ip-10-0-1-9 kernel: {WORDS}",
    f"2026-06-09T12:00:01.123456+00:00 ip-10-0-1-9 kernel: [ 482.1] {WORDS}",
    f"[Mon Jun  9 12:00:01 2026] {WORDS}",
    f"<4>[48211.101010] {WORDS}",
    f"INFO started\nERROR: {WORDS}",
    f'{{"level":"error","msg":"{WORDS}"}}',
    f'{{"msg": "{WORDS}", "level": "error"}}',
    f'\ufeff{{"level":"error","msg":"{WORDS}"}}',
    f'"level":"info","ts":"2025-05-06T20:39:43.829Z","msg":"{WORDS}"',
    f'time="2025-03-01T14:05:22Z" level=error msg="{WORDS}"',
    f'time="2025-03-01T14:05:22Z" level=error msg="{WORDS}" error="exit 1"',
    f'\u2502 aws-node time="2025-09-04T16:13:07Z" level=info msg="{WORDS}"',
    f"  Warning  FailedCreatePodSandBox  15m (x2 over 20m)  kubelet  {WORDS}",
    f"53s         Warning   FailedScheduling    pod/quotes-9e4b407f67-9bv6t    {WORDS}",
    f"shop   53s         Warning   FailedScheduling    pod/quotes-9e4b407f67-9bv6t    {WORDS}",
    f"kube-system  4m10s (x3 over 12m)  Normal  Pulled  Pod/web-0    {WORDS}",
    f"shop   <unknown>   Warning   FailedScheduling    pod/web-0    {WORDS}",
    f"Jun 09 12:00:01 ip-10-0-1-9 kubelet[2100]: E0609 12:00:01.000 2100 a.go:7] {WORDS}",
]
QUOTED = [
    f"ticket: {WORDS}",
    f"shop Warning FailedScheduling pod/web-0 {WORDS}",
    f"Two words 53s Warning FailedScheduling pod/web-0 {WORDS}",
    f"Jun 09 12:00:01 ip-10-0-1-9 myapp[2100]: E0609 12:00:01.0 2100 a.go:7] {WORDS}",
    f"[runbook] {WORDS} means that the kernel has no memory",
    f"GET /search?q={WORDS}",
    f"Jun  9 12:00:01 ip-10-0-1-9 myapp[33]: [warn] {WORDS}",
    f'level=warning msg="{WORDS}" subsys=map',
    f'level=info msg="grep {WORDS}"',
    f'someone pasted {{"level":"error","msg":"{WORDS}"}}',
    f'{{"level":"warn","msg":"{WORDS}","subsys":"datapath"}}',
    f'{{"level":"info","msg":"asked for","query":"{WORDS}"}}',
    f'{{"level":"info","message":"{WORDS}"}}',
    f'{{"level":"error","controller":"konnectivity","msg":"{WORDS}"}}',
    f'{{"level":"error","ts":"2026-06-01T12:00:00Z","logger":"cilium-operator","msg":"{WORDS}"}}',
    json.dumps({"msg": f'said: {{"level":"error","msg":"{WORDS}"}}'}),
]


@pytest.mark.parametrize("line", OWN)
def test_what_stands_behind_a_loggers_prefix_is_the_lines_own(line: str) -> None:
    text = laid_out(line)
    assert begins_statement(text, text.index(WORDS))


@pytest.mark.parametrize("line", QUOTED)
def test_what_stands_elsewhere_is_quoted(line: str) -> None:
    text = laid_out(line)
    assert not begins_statement(text, text.index(WORDS))


KEYS = ("level", "ts", "logger", "caller", "msg", "podIdentifier ", "error")
fields = st.dictionaries(st.sampled_from(KEYS), st.text(max_size=20)).map(
    lambda some: {**some, "msg": WORDS}
)


@given(fields, st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_layout_says_nothing(
    line: dict[str, str], order: random.Random, blanks: bool, escapes: bool
) -> None:
    # given one line, its keys in another order, spaced and escaped otherwise
    keys = sorted(line, key=lambda _: order.random())
    separators = (", ", ": ") if blanks else (",", ":")
    other = json.dumps(
        {key: line[key] for key in keys}, separators=separators, ensure_ascii=escapes
    )
    # then what is read is the same but for the order of what follows the message
    first, second = (json.loads(laid_out(text)) for text in (json.dumps(line), other))
    assert first == second == line
    head = [key for key in KEYS[:5] if key in line]
    assert list(first)[: len(head)] == list(second)[: len(head)] == head


@given(st.text(max_size=300), st.integers(0, 300))
def test_no_text_breaks_it(text: str, at: int) -> None:
    at = min(at, len(text))
    assert begins_statement(laid_out(text), min(at, len(laid_out(text)))) in (True, False)


@pytest.mark.parametrize(
    "filler", ["12:00:00 ", "[ERROR] ", "a.go:1 ", "[1.1] ", " ", "\u2502 ", "W"]
)
def test_a_hostile_prefix_costs_no_more_than_its_length(filler: str) -> None:
    text = filler * 20_000 + WORDS
    started = time.process_time()
    begins_statement(text, len(text) - len(WORDS))
    begins_statement(text[-400:], 400 - len(WORDS))
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("line", "of_others"),
    [
        (f'{{"level":"error","ts":"1","caller":"ipamd/ipamd.go:9","msg":"{WORDS}"}}', False),
        (f'{{"msg":"{WORDS}","stacktrace":"x"}}', False),
        (f'{{"level":"error","ts":"1","msg":"{WORDS}","note":"\\"logger\\":"}}', False),
        (f'{{"level":"error","timestamp":"2024-09-06T07:41:44.000Z","msg":"{WORDS}"}}', True),
        (f'{{"level":"error","ts":1725608504.1,"logger":"ipv4 provider","msg":"{WORDS}"}}', True),
        (f'{{"msg":"{WORDS}", "logger":"ipv4 provider", "level":"error"}}', True),
        (f'{{"logger":"before"}}\n2018-08-01T12:00:01Z [ERROR] {WORDS}', False),
    ],
)
def test_keys_before_the_message_tell_that_ipamd_did_not_write_it(
    line: str, of_others: bool
) -> None:
    # given a line as it is searched
    text = laid_out(line)
    # then
    assert has_keys_of_others(text, text.index(WORDS)) is of_others


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("  Warning  BackOff  2m9s (x98 over 121m)  kubelet  Back-off", (98, 121 * 60_000)),
        ("shop  2m (x3 over 1h5m)   Warning  BackOff  pod/web-0  Back-off", (3, 65 * 60_000)),
        ("2m    Warning  BackOff  pod/web-0  Back-off (x98 over 121m) ", None),
        ("  Warning  BackOff  <invalid> (x6 over <invalid>)  kubelet  Back-off", None),
    ],
)
def test_a_row_of_events_says_how_often(row: str, expected: tuple[int, int] | None) -> None:
    assert repeated(row) == expected
