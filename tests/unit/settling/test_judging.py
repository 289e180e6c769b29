"""More conversations than the bounds allow: the first are judged by objects, the rest by line."""

from collections.abc import Mapping, Sequence

from netpolwatch import Analyzer, AnalyzerConfig
from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.kubernetes.facts import PodAddress
from netpolwatch.kubernetes.identity.coverage import WHOLE
from netpolwatch.kubernetes.identity.gathering import MAX_READS, Gathering, ObjectFacts
from netpolwatch.settling.judging import Judge
from netpolwatch.settling.message import Message, message_of, read_message
from tests.lambdas.deployment import flow, payload

NOON_MS = 1_781_006_400_000


def message(number: int) -> Message:
    lines = [flow("DENY", f"10.{number}.0.{last}:43322") for last in range(1, 201)]
    batch = Analyzer(AnalyzerConfig(settle=True)).analyze(
        payload(*lines, at=NOON_MS)["awslogs"]["data"], now_ms=NOON_MS
    )
    return read_message(
        message_of(batch.waiting, key=str(number), cluster="c", log_group="g", log_stream="s",
                   component=None).text
    )  # fmt: skip


def read(wanted: Sequence[str]) -> Mapping[str, ObjectFacts]:
    """Read a cluster in which each address is a pod's of that name."""
    held = {}
    for entity in wanted:
        kind, _, name = entity.partition("#")
        address = name.removeprefix("shop/")
        shown = PodAddress(at_us=1, source="audit", event="e", namespace="shop", name=address,
                           uid=address, addresses=(address,))  # fmt: skip
        held[entity] = ObjectFacts([shown] if kind in ("address", "pod") else (), WHOLE)
    return held


def test_given_ten_thousand_conversations_then_reads_are_bounded_and_the_first_are_judged() -> None:
    gathering = Gathering(read)
    judge = Judge(gathering, Matcher(tuple(default_entries())))
    settled = judge.settle([message(number) for number in range(50)], {})
    assert gathering.reads <= MAX_READS
    by_line = sum(each.by_line for each in settled)
    assert 5_000 < by_line < 9_900
