"""Files read by the block come to what the same lines come to when they are read one by one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from netpolwatch import Analyzer, Batch
from netpolwatch.analysis.files import batches
from netpolwatch.analysis.stream import read_records_with
from netpolwatch.analysis.tally import Tally
from netpolwatch.ingest.plain import PlainLines, read_blocks
from netpolwatch.ingest.record import Record
from netpolwatch.ingest.records import read_records
from tests.corpus import STREAMS, lines, sequence
from tests.unit.analysis.running import DENY, GROUP, STREAM, canonical

ANALYZER = Analyzer()
_REPLY = (
    '{{"level":"info","ts":"2026-01-10T10:05:{0:02}.051Z","caller":"runtime/asm_amd64.s:1700",'
    '"msg":"Flow Info: Src IP: 10.0.3.7 Src Port: 443 Dest IP: 10.0.1.44 Dest Port: 433{0:02}'
    ' Proto TCP Verdict {1} Direction ingress, Tier DEFAULT"}}'
)
_REQUEST = (
    '{{"level":"debug","ts":"2026-01-10T10:04:{0:02}.001Z","caller":"runtime/asm_amd64.s:1700",'
    '"msg":"Flow Info: Src IP: 10.0.1.44 Src Port: 433{0:02} Dest IP: 10.0.3.7 Dest Port: 443'
    ' Proto TCP Verdict ACCEPT Direction egress, Tier DEFAULT"}}'
)
_KV = (
    '{{"level":"info","ts":"2026-01-10T10:05:{0:02}.000Z","logger":"ebpf-client","msg":"Flow Info:'
    '  ","Src IP":"10.0.1.44","Src Port":433{0:02},"Dest IP":"10.0.3.7","Dest Port":443,'
    '"Proto":"TCP","Verdict":"{1}"}}'
)
_FACTS = (
    (
        '{"level":"info","ts":"2026-01-10T10:05:00.000Z","caller":"x.go:1","msg":"Check for any'
        ' stale entries in the conntrack map"}'
    ),
    (
        '{"level":"error","ts":"2026-01-10T10:05:02.000Z","caller":"ebpf/bpf_client.go:1260","msg":'
        '"Ingress Pod State Map update failed: unable to update map: invalid argument"}'
    ),
)
_TRACE = (
    "panic: runtime error: invalid memory address or nil pointer dereference",
    "goroutine 1 [running]:",
    "github.com/aws/aws-network-policy-agent/pkg/ebpf.(*bpfClient).UpdateEbpfMaps(0xc000)",
    "\t/workspace/pkg/ebpf/bpf_client.go:1260 +0x1d",
)
_OTHERS = (
    "", "hello", "2026-01-10T10:05:00.000000000Z stdout P begun, ",
    "2026-01-10T10:05:00.000000000Z stdout F and ended", "{", '{"level":"info","msg":"nothing"}',
)  # fmt: skip


def _flow_lines() -> st.SearchStrategy[list[str]]:
    verdicts = st.sampled_from(["ACCEPT", "DENY"])
    some = st.lists(st.integers(0, 59), min_size=1, max_size=8)
    reply = st.builds(lambda at, verdict: [_REPLY.format(n, verdict) for n in at], some, verdicts)
    request = some.map(lambda at: [_REQUEST.format(n) for n in at])
    kv = st.builds(lambda at, verdict: [_KV.format(n, verdict) for n in at], some, verdicts)
    return reply | request | kv


texts = st.lists(
    _flow_lines()
    | st.sampled_from([*_FACTS, *_OTHERS, DENY]).map(lambda text: [text])
    | st.just(list(_TRACE)),
    max_size=10,
).map(lambda groups: [text for group in groups for text in group])


def one_by_one(records: Iterable[Record]) -> Batch:
    """Count as `parse` reads: every stream's lines into one batch."""
    batch = ANALYZER.new_batch("", "")
    tally = Tally(batch)
    seen = set[int]()
    for record, reading in read_records_with(ANALYZER, records):
        tally.count(reading)
        seen.add(record.line)
    batch.events = len(seen)
    return batch


def by_block(items: Iterable[Record | PlainLines]) -> Batch:
    """Count as `analyze` reads, the batches of all streams together."""
    return summed(batches(ANALYZER, items))


def summed(several: Iterable[Batch]) -> Batch:
    whole = ANALYZER.new_batch("", "")
    for batch in several:
        whole.events += batch.events
        whole.dropped += batch.dropped
        for name in ("by_verdict", "by_protocol", "by_disposition", "by_minute", "series",
                     "issues", "signals"):  # fmt: skip
            getattr(whole, name).update(getattr(batch, name))
        whole.denies.extend(batch.denies)
        whole.line_sightings.extend(batch.line_sightings)
    return whole


def compared(batch: Batch) -> dict[str, object]:
    names = ("events", "by_verdict", "by_protocol", "by_disposition", "by_minute", "series",
             "issues", "signals", "dropped")  # fmt: skip
    found: dict[str, object] = {name: getattr(batch, name) for name in names}
    judged = Counter((repr(flow), flow.judgement) for flow in batch.denies)
    told = Counter((one.issue, one.text, one.timestamp) for one in batch.line_sightings)
    return found | {"denies": judged, "told": told}


def blocks_of(rows: Sequence[str], cuts: Sequence[int]) -> Iterator[bytes]:
    start = 0
    for cut in (*sorted(cut % (len(rows) + 1) for cut in cuts), len(rows)):
        if cut > start:
            yield "".join(f"{row}\n" for row in rows[start:cut]).encode()
        start = max(start, cut)


@given(rows=texts, cuts=st.lists(st.integers(0, 80), max_size=4))
@settings(max_examples=150)
def test_a_plain_file_comes_to_the_same(rows: list[str], cuts: list[int]) -> None:
    # given a node file's lines, handed over in blocks that end anywhere
    group, stream = STREAMS["npa-file"]
    data = [row.encode() for row in rows]
    named = (record_named(record, group, stream) for record in read_records(data))
    # when
    found = by_block(read_blocks(blocks_of(rows, cuts), count(1), group, stream))
    # then
    assert compared(found) == compared(one_by_one(named))


def record_named(record: Record, group: str, stream: str) -> Record:
    return Record(record.line, record.event, group, stream)


@given(rows=texts, kinds=st.lists(st.sampled_from(sorted(STREAMS)), min_size=1, max_size=3))
def test_an_event_file_comes_to_the_same(rows: list[str], kinds: list[str]) -> None:
    # given events of several streams, one after the other in turn
    events = [
        canonical(row, *STREAMS[kinds[at % len(kinds)]], timestamp=1_768_039_500_000 + at)
        for at, row in enumerate(rows)
    ]
    # when
    found = by_block(read_records(events))
    # then
    assert compared(found) == compared(one_by_one(read_records(events)))


def test_the_whole_corpus_comes_to_the_same() -> None:
    # given every labelled line in its stream, and the sequences
    events = [canonical(line.text, *STREAMS[line.stream_kind]) for line in lines()]
    for name in ("derived-conntrack-race", "derived-pod-start-standard-mode-kv"):
        events += [canonical(text, *STREAMS["npa-file"]) for text, _ in sequence(name)]
    # when
    found = by_block(read_records(events))
    # then
    assert compared(found) == compared(one_by_one(read_records(events)))
    assert found.flows > 50


@given(first=texts, second=texts)
def test_two_files_add_their_counts(first: list[str], second: list[str]) -> None:
    # given two nodes' files: neither is the other's neighbour
    def records(rows: list[str], node: str) -> list[bytes]:
        stream = f"{node}.eksnp.var.log.aws-routed-eni.network-policy-agent.log"
        return [canonical(row, GROUP, stream) for row in rows]

    one, other = records(first, "i-0a1b"), records(second, "i-0c2d")
    # when
    apart = summed([by_block(read_records(one)), by_block(read_records(other))])
    together = by_block(read_records(one + other))
    # then
    assert compared(together) == compared(apart)


@given(parts=st.lists(texts, min_size=2, max_size=4), order=st.randoms(use_true_random=False))
def test_the_order_of_nodes_changes_nothing(parts: list[list[str]], order: object) -> None:
    # given a payload's lines of each of some nodes
    def file_of(numbers: Sequence[int]) -> Batch:
        rows = [
            canonical(row, GROUP, f"{STREAM[:-1]}{number}")
            for number in numbers
            for row in parts[number]
            if not row.startswith("Node: ")
        ]
        return by_block(read_records(rows))

    numbers = list(range(len(parts)))
    shuffled = list(numbers)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # a `random.Random`
    # when, then
    assert compared(file_of(shuffled)) == compared(file_of(numbers))


def test_a_pause_ends_a_block_early() -> None:
    # given lines of a log that still runs
    records = list(read_records([DENY.encode(), DENY.encode(), b"other"]))
    # when what was read is wanted twice, and nothing is new the third time
    found = list(batches(ANALYZER, [None, records[0], None, *records[1:], None, None]))
    # then
    assert [batch.events for batch in found] == [1, 2]
    assert summed(found).by_verdict == {"DENY": 2}
