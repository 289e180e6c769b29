"""Lines that hold the words of a verdict or a fault and say nothing: none of them is lost."""

import pytest

from netpolwatch import Analyzer
from netpolwatch.analysis.batch import Batch
from netpolwatch.reporting.summary import Summary
from tests.corpus import Line, lines
from tests.unit.analysis.running import DENY, canonical, envelope, event, parsed, payload

SENTENCE = (
    '{"level":"info","ts":"2026-08-25T08:00:01.020Z","caller":"runtime/asm_amd64.s:1771","msg":'
    '"Flow Info: Src IP: 10.31.9.88 Src Port: 45712 Dest IP: 10.31.40.20 Dest Port: 5432 Proto TCP '
    'Verdict DENY Direction egress, Tier NETWORK_POLICY"}'
)
KEY_VALUE = (
    '{"level":"info","ts":"2026-01-10T10:00:00.000Z","logger":"ebpf-client","msg":"Flow Info:  ",'
    '"Src IP":"10.0.1.44","Src Port":43322,"Dest IP":"10.0.3.7","Dest Port":8080,"Proto":"TCP",'
    '"Verdict":"DENY"}'
)
LINK = (
    '{"level":"error","ts":"2026-06-09T12:00:00.000Z","caller":"tc/tc.go:161",'
    '"msg":"failed to find device by name eni9ea69618bf0: Link not found"}'
)
QUOTES = frozenset({"bait"})
"""Kinds of lines that quote a verdict, in part: to count them is no fault."""


def batch_of(*messages: str, analyzer: Analyzer) -> Batch:
    return analyzer.analyze(payload(envelope([event(message) for message in messages])))


@pytest.mark.parametrize("form", [DENY, SENTENCE, KEY_VALUE], ids=["cloudwatch", "sentence", "kv"])
@pytest.mark.parametrize("share", [0.5, 0.7, 0.8])
def test_a_cut_verdict_is_counted(form: str, share: float, analyzer: Analyzer) -> None:
    # given
    cut = form[: int(len(form) * share)]
    # when
    batch = batch_of(DENY, cut, cut, analyzer=analyzer)
    # then
    assert batch.flows == 1
    assert batch.unread.counts == {"verdict": 2}
    assert batch.unread.examples == {"verdict": cut}


@pytest.mark.parametrize("form", [DENY, SENTENCE, KEY_VALUE], ids=["cloudwatch", "sentence", "kv"])
def test_a_verdict_in_an_unknown_wrapper_is_counted(form: str, analyzer: Analyzer) -> None:
    batch = batch_of(f"unheard-of collector> {form} <", analyzer=analyzer)
    assert (batch.flows, batch.unread.counts) == (0, {"verdict": 1})


def test_a_fault_whose_writer_nobody_names_is_counted(analyzer: Analyzer) -> None:
    (found,) = parsed([f"unheard-of collector> {LINK}\n".encode()], analyzer)
    assert found == {"line": 1, "kind": "other", "signals": [], "unread": "fault"}


def test_a_cut_fault_is_counted(analyzer: Analyzer) -> None:
    (found,) = parsed([f"{LINK[:-30]}\n".encode()], analyzer)
    assert found["unread"] == "fault"


def test_what_was_read_is_not_counted(analyzer: Analyzer) -> None:
    batch = batch_of(DENY, SENTENCE, LINK, "", "no verdict", analyzer=analyzer)
    assert not batch.unread.counts


def test_the_words_of_an_application_are_its_own(analyzer: Analyzer) -> None:
    group, stream = "/aws/containerinsights/demo/application", "web"
    (found,) = parsed([canonical(f"> {DENY}", group, stream)], analyzer)
    assert "unread" not in found


@pytest.mark.parametrize(
    "line",
    [pytest.param(line, id=line.name) for line in lines() if line.expected is None],
)
def test_no_line_that_says_nothing_is_counted(line: Line, analyzer: Analyzer) -> None:
    found = parsed([f"{line.text}\n".encode()], analyzer)
    counted = {each["unread"] for each in found if "unread" in each}
    assert counted <= ({"verdict"} if line.kind in QUOTES else set())


def test_a_report_names_what_was_not_read_and_shows_one(analyzer: Analyzer) -> None:
    # given
    summary = Summary()
    # when
    for batch in (batch_of(f"? {DENY}", analyzer=analyzer), batch_of(DENY, analyzer=analyzer)):
        summary.add(batch)
    # then
    read = summary.report(None, [])["input"]
    assert read["unread"] == {"verdict": 1}
    assert read["unread_examples"] == {"verdict": f"? {DENY}"}
    (note,) = read["notes"]
    assert note.startswith("1 line holds the words of a verdict and could not be read, such as: ?")
