"""Two patterns: no event passes both, and what is to be seen passes one."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.loader import load_files
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.model import Entry, Rule, Strength
from netpolwatch.flows.line import parse_flow
from netpolwatch.ingest.origin import AUDIT, origin_of
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.audit.anchors import TAUGHT, WRITES
from netpolwatch.subscription.folded import UncoveredError, folded_pattern
from netpolwatch.subscription.pattern import MAX_PATTERN_CHARS, parse, parse_text
from netpolwatch.subscription.selectors import parse_selectors
from netpolwatch.subscription.split import AUDIT_API, CREATED, ROUTINE, WRITTEN, split_patterns
from netpolwatch.verdicts.window.facts import fact_of
from samples.generate import cluster_day
from samples.story import DEFAULT_END_MS, DEFAULT_SEED
from tests.corpus import lines, samples, sequence
from tests.corpus.cluster_day import events

ENTRIES = default_entries()
EXAMPLES = {
    name: [text for one in file.examples for text in one.texts]
    for name, file in load_files().items()
}
ACTIVE = {entry.id for entry in ENTRIES if entry.maturity != "planned"}
SPLIT = split_patterns(ENTRIES, EXAMPLES)
TEXT, SELECTORS = parse_text(SPLIT.text), parse_selectors(SPLIT.audit)
DAY = cluster_day(seed=DEFAULT_SEED, end_ms=DEFAULT_END_MS)

CORPORA = [
    *(event["message"] for event in (*events("audit"), *events("flows"))),
    *(event.message for event in DAY),
    *(sample.message for sample in samples()),
    *(line.text for line in lines()),
]


def passed(message: str) -> int:
    """Count the patterns that an event passes."""
    return TEXT.matches(message) + SELECTORS.matches(message)


def test_they_are_patterns_that_cloudwatch_takes() -> None:
    assert max(len(SPLIT.text), len(SPLIT.audit)) <= MAX_PATTERN_CHARS
    assert not TEXT.optional, "beside an exclusion they would be ignored"
    assert "%" not in SPLIT.audit
    assert split_patterns(ENTRIES, EXAMPLES) == SPLIT


# No event passes both.

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
_WORDS = st.sampled_from(
    [*WRITTEN, *CREATED, *WRITES, *ROUTINE, "get", AUDIT_API, "networking.k8s.aws"]
) | st.text(max_size=5)
_EVENTS = st.fixed_dictionaries(
    {"apiVersion": st.sampled_from(["audit.k8s.io/v1", "audit.k8s.io/v2", "v1"]) | _JSON},
    optional={
        "verb": _WORDS,
        "objectRef": st.dictionaries(st.sampled_from(["resource", "apiGroup"]), _WORDS),
        "responseStatus": st.dictionaries(st.just("code"), st.sampled_from([200, 403])),
        "user": st.dictionaries(st.just("username"), _WORDS),
        "more": _JSON,
    },
)


@given(event=_EVENTS, ascii_only=st.booleans(), spaced=st.booleans(), swapped=st.booleans())
def test_no_audit_event_passes_both(
    event: dict[str, object], ascii_only: bool, spaced: bool, swapped: bool
) -> None:
    keys = reversed(list(event)) if swapped else list(event)
    text = json.dumps(
        {key: event[key] for key in keys},
        ensure_ascii=ascii_only,
        separators=(", ", ": ") if spaced else (",", ":"),
    )
    assert passed(text) <= 1
    assert passed(text.replace("/", "\\/")) <= 1


@given(text=st.text() | st.sampled_from([f"{{{AUDIT_API}}}", f'{{"apiVersion":"{AUDIT_API}/v1"']))
def test_no_text_passes_both(text: str) -> None:
    assert passed(text) <= 1


def test_no_event_of_the_corpora_passes_both() -> None:
    assert len(CORPORA) > 20_000
    assert [text for text in CORPORA if passed(text) > 1] == []


def test_whether_terms_match_within_words_makes_no_difference() -> None:
    for text in CORPORA:
        within = any(phrase in text for phrase in (AUDIT_API, *ROUTINE))
        assert TEXT.matches(text) is not within


def test_only_letters_that_are_escaped_without_need_would_pass_both() -> None:
    """No API server writes so: this is the one form that the exclusion does not see."""
    text = r'{"apiVersion":"audit\u002ek8s.io/v1","verb":"create","objectRef":{"resource":"pods"}}'
    assert passed(text) == 2


# What is to be seen passes one.


@pytest.mark.parametrize("name", sorted(name for name in ACTIVE if EXAMPLES[name]))
def test_each_example_of_an_entry_passes_one(name: str) -> None:
    assert [line for line in EXAMPLES[name] if passed(line) != 1] == []


def test_each_sample_of_a_known_issue_passes_one() -> None:
    known = [sample.message for sample in samples() if sample.rule in ACTIVE]
    assert len(known) > 30
    assert [text for text in known if passed(text) != 1] == []


def test_each_verdict_and_what_bears_on_one_passes_one() -> None:
    texts = [line.text for line in lines() if line.kind.startswith("flow")]
    texts += [event["message"] for event in events("flows")]
    for name in ("derived-conntrack-race", "derived-pod-start-standard-mode-kv"):
        texts += [text for text, _ in sequence(name) if fact_of(text) or parse_flow(text)]
    assert len(texts) > 60
    assert [text for text in texts if passed(text) != 1] == []


def test_each_audit_event_that_teaches_something_passes_one() -> None:
    telling = [
        event["message"]
        for event in events("audit")
        if read_audit_event(event["message"], event["timestamp"])
    ]
    assert len(telling) > 300
    assert [text[:200] for text in telling if not SELECTORS.matches(text)] == []


def test_each_write_of_a_resource_that_teaches_passes() -> None:
    assert set(TAUGHT) == {*WRITTEN, *CREATED}
    for resource, subresources in TAUGHT.items():
        for verb in WRITES if resource in WRITTEN else {"create"}:
            for subresource in subresources:
                about = {"resource": resource, "subresource": subresource}
                event = {"apiVersion": "audit.k8s.io/v1", "verb": verb, "objectRef": about}
                assert SELECTORS.matches(json.dumps(event)), event


def test_each_audit_event_in_which_the_catalogue_finds_something_passes() -> None:
    matcher = Matcher(ENTRIES)
    texts = [event["message"] for event in events("audit")]
    texts += [line.text for line in lines() if line.stream_kind == "audit"]
    texts += {
        event.message
        for event in DAY
        if origin_of(event.log_group, event.log_stream).component == AUDIT
    }
    found = [text for text in texts if _strengths(matcher, text) - _of_reads(text)]
    assert len(found) > 10
    assert [text[:300] for text in found if passed(text) != 1] == []


def _strengths(matcher: Matcher, text: str) -> set[Strength]:
    return {match.rule.strength for match in matcher.match_text(text, AUDIT)}


def _of_reads(text: str) -> set[Strength]:
    """Give what is not asked for of a read: that it was granted."""
    reads = (f'"verb":"{verb}"' in text for verb in ("get", "list", "watch"))
    return {"recovery"} if any(reads) else set()


def test_no_routine_phrase_is_an_entrys() -> None:
    anchors = [anchor for entry in ENTRIES for rule in entry.rules for anchor in rule.anchors]
    examples = [line for lines in EXAMPLES.values() for line in lines]
    for phrase in ROUTINE:
        assert not any(phrase in text for text in (*anchors, *examples))


# What is nothing is kept out.


def test_they_keep_more_of_the_audit_log_out_than_one_pattern() -> None:
    folded = parse(folded_pattern(ENTRIES, EXAMPLES))
    kept_by_one = [e for e in events("audit") if not folded.matches(e["message"])]
    kept_by_two = [e for e in events("audit") if not passed(e["message"])]
    assert len(kept_by_two) > 1.1 * len(kept_by_one)
    for text in ('"verb":"list"', '"verb":"get"'):
        reads = [e["message"] for e in events("audit") if text in e["message"][:500]]
        assert not any(passed(message) for message in reads)


# A catalogue of one's own


def _private(*examples: str) -> tuple[list[Entry], dict[str, list[str]]]:
    rule = Rule("own", anchors=("x",), components=frozenset({AUDIT}))
    entry = msgspec.structs.replace(ENTRIES[0], id="own", rules=(rule,), maturity="stable")
    return [entry], {"own": list(examples)}


def _audit(verb: str, resource: str, code: int) -> str:
    about, status = {"resource": resource}, {"code": code}
    return json.dumps(
        {"apiVersion": "audit.k8s.io/v1", "verb": verb}
        | {"objectRef": about, "responseStatus": status}
    )


@pytest.mark.parametrize(
    ("verb", "code", "others"),
    [
        ("update", 200, [("delete", 200, 1), ("get", 200, 0)]),
        ("create", 403, [("get", 404, 1), ("create", 201, 0)]),
        ("get", 200, [("get", 200, 1)]),
    ],
)
def test_a_private_entrys_examples_say_what_of_the_audit_log_is_read(
    verb: str, code: int, others: list[tuple[str, int, bool]]
) -> None:
    split = split_patterns(*_private(_audit(verb, "widgets", code)))
    selectors = parse(split.audit)
    for other, answered, passes in others:
        assert selectors.matches(_audit(other, "widgets", answered)) == passes
    assert not selectors.matches(_audit(verb, "gadgets", code))


@pytest.mark.parametrize(
    ("examples", "reason"),
    [
        ([_audit("get", f"widgets{n}", 200) for n in range(30)], "one pattern, or with none"),
        (["what audit.k8s.io is about"], "neither of two"),
        ([_audit("get", '"||', 200)], "neither of two"),
    ],
)
def test_a_catalogue_that_does_not_fit_says_so(examples: list[str], reason: str) -> None:
    with pytest.raises(UncoveredError, match=reason):
        split_patterns(*_private(*examples))
