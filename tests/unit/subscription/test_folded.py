"""The generated pattern passes all that is to be seen, and keeps noise out."""

from pathlib import Path

import msgspec
import pytest

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.loader import load_files
from netpolwatch.catalogue.model import Entry, Rule
from netpolwatch.flows.line import parse_flow
from netpolwatch.ingest.origin import origin_of
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.subscription.folded import UncoveredError, folded_pattern
from netpolwatch.subscription.pattern import MAX_PATTERN_CHARS, parse, parse_text
from netpolwatch.verdicts.window.facts import fact_of
from samples.generate import cluster_day
from samples.kept_out import page
from samples.story import DEFAULT_END_MS, DEFAULT_SEED
from tests.corpus import lines, samples, sequence
from tests.corpus.cluster_day import events
from tests.unit.kubernetes.audit import writing

ENTRIES = default_entries()
FILES = load_files()
EXAMPLES = {
    name: [text for one in file.examples for text in one.texts] for name, file in FILES.items()
}
TEXT = folded_pattern(ENTRIES, EXAMPLES)
PATTERN = parse_text(TEXT)
DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_it_is_one_pattern_that_cloudwatch_takes() -> None:
    assert len(TEXT) <= MAX_PATTERN_CHARS
    assert not PATTERN.needed
    assert not PATTERN.excluded
    assert folded_pattern(ENTRIES, EXAMPLES) == TEXT


@pytest.mark.parametrize("name", [name for name, lines in EXAMPLES.items() if lines])
def test_each_example_of_an_entry_passes(name: str) -> None:
    for line in EXAMPLES[name]:
        assert PATTERN.matches(line), line


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_each_sample_of_a_known_issue_passes(sample: object) -> None:
    known = getattr(sample, "rule", None) in {
        one.id for one in ENTRIES if one.maturity != "planned"
    }
    assert PATTERN.matches(getattr(sample, "message", "")) or not known


def test_each_verdict_and_what_bears_on_one_passes() -> None:
    texts = [line.text for line in lines() if line.kind.startswith("flow")]
    for name in ("derived-conntrack-race", "derived-pod-start-standard-mode-kv"):
        texts += [text for text, _ in sequence(name) if fact_of(text) or parse_flow(text)]
    assert len(texts) > 60
    assert [text for text in texts if not PATTERN.matches(text)] == []


def test_each_audit_event_that_teaches_something_passes() -> None:
    telling = [
        event["message"]
        for event in events("audit")
        if read_audit_event(event["message"], event["timestamp"])
    ]
    assert len(telling) > 300
    assert [text[:200] for text in telling if not PATTERN.matches(text)] == []


@pytest.mark.parametrize(
    "reference",
    [
        "networkpolicies.networking.k8s.io/shop/web",
        "applicationnetworkpolicies.networking.k8s.aws/shop/web",
        "clusternetworkpolicies.networking.k8s.aws//guard",
    ],
)
@pytest.mark.parametrize("verb", ["create", "update", "patch", "delete"])
def test_each_write_of_a_policy_passes_also_without_its_body(reference: str, verb: str) -> None:
    text = writing.event(1, verb, writing.BOB, reference, level="Metadata")
    assert read_audit_event(text)
    assert PATTERN.matches(text)


def test_it_keeps_out_most_of_what_is_nothing() -> None:
    day = cluster_day(seed=DEFAULT_SEED, end_ms=DEFAULT_END_MS)
    kept_out: dict[str, list[bool]] = {}
    for event in day:
        writer = origin_of(event.log_group, event.log_stream).component or ""
        kept_out.setdefault(writer, []).append(not PATTERN.matches(event.message))
    share = {writer: sum(flags) / len(flags) for writer, flags in kept_out.items()}
    assert share["authenticator"] == 1
    assert share["kube-apiserver-audit"] > 0.6
    assert share["kube-scheduler"] > 0.8


def test_the_page_is_not_stale() -> None:
    assert (DOCS / "subscription.md").read_text(encoding="utf-8") == page(), "run `make docs`"


def _private(anchor: str) -> Entry:
    rule = Rule("own", anchors=(anchor,), regex=anchor)
    return msgspec.structs.replace(ENTRIES[0], id="own-entry", rules=(rule,), maturity="stable")


def test_a_private_entry_has_its_phrase_in_it() -> None:
    entry = _private("the flux capacitor is dry")
    pattern = parse(folded_pattern([entry], {"own-entry": ["alas, the flux capacitor is dry"]}))
    assert pattern.matches("see: the flux capacitor is dry!")


def test_a_catalogue_that_does_not_fit_says_so() -> None:
    many = [
        msgspec.structs.replace(_private(f"peculiar{n}x trouble{n}y number{n}z"), id=f"own-{n}")
        for n in range(60)
    ]
    with pytest.raises(UncoveredError, match="subscribe without"):
        folded_pattern([*ENTRIES, *many], EXAMPLES)
