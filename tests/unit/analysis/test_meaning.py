"""What a pasted line may mean: answered also where nobody says who wrote it."""

import pytest

from netpolwatch import Analyzer
from netpolwatch.analysis.meaning import Answer, answers_of
from tests.unit.analysis.running import DENY

LINK = "failed to find device by name eni9ea69618bf0: %!w(netlink.LinkNotFoundError={0xc000115310})"
NIL = "panic: runtime error: invalid memory address or nil pointer dereference"
UDEV = "ipam-connectivity-segfault-al2023-udev"
SEGFAULT = "[signal SIGSEGV: segmentation violation code=0x1 addr=0x39 pc=0x560a6cd3f1b5]"


def answered(text: str, analyzer: Analyzer) -> Answer:
    (answer,) = answers_of(analyzer, text)
    return answer


@pytest.mark.parametrize(
    ("line", "issue"),
    [
        ("Checking for IPAM connectivity …", UDEV),
        ("Throttling request took 1.047064274s", UDEV),
        ("Retrying waiting for IPAM-D", UDEV),
        (NIL, UDEV),
        (LINK, "npa-link-not-found"),
        (
            "0/4 nodes are available: 4 Insufficient vpc.amazonaws.com/pod-eni.",
            "insufficient-pod-eni",
        ),
        ("FailedScheduling: Insufficient vpc.amazonaws.com/pod-eni", "insufficient-pod-eni"),
    ],
)
def test_what_the_user_guide_prints_is_answered(line: str, issue: str, analyzer: Analyzer) -> None:
    answer = answered(line, analyzer)
    assert answer.meanings[0].entry.id == issue
    assert answer.meanings[0].entry.remedy


def test_a_condition_names_who_would_have_to_be_the_writer(analyzer: Analyzer) -> None:
    first, *_ = answered("Checking for IPAM connectivity …", analyzer).meanings
    assert (first.certainty, first.writers, first.signal) == (
        "by-writer",
        ("aws-node", "ipamd"),
        True,
    )
    assert first.condition.startswith("If aws-node or ipamd wrote the line. One such line proves")


def test_what_is_sure_stands_first(analyzer: Analyzer) -> None:
    panics = answered(NIL, analyzer).meanings
    assert [(each.entry.id, each.certainty) for each in panics] == [
        (UDEV, "shown"), ("npa-panic", "by-writer"),
    ]  # fmt: skip


def test_a_quotation_is_only_a_possibility(analyzer: Analyzer) -> None:
    (quoted,) = answered(f"Has anybody seen '{LINK}' before?", analyzer).meanings
    assert (quoted.entry.id, quoted.certainty) == ("npa-link-not-found", "by-writer")
    assert quoted.writers == ("network-policy-agent",)


def test_a_copied_verdict_is_judged(analyzer: Analyzer) -> None:
    answer = answered(f"npa.log:12:{DENY}", analyzer)
    assert answer.flow is not None
    assert answer.flow.verdict == "DENY"
    assert answer.meanings[0].entry.id == "dns-egress-denied"


@pytest.mark.parametrize("text", ["hello", "", "error: timeout", "\x1b[31m" * 100, "{" * 5000])
def test_any_other_line_has_no_meaning(text: str, analyzer: Analyzer) -> None:
    assert answered(text, analyzer).meanings == ()
