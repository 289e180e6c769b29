"""A malformed entry is refused with its file, the key and the reason."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from netpolwatch.catalogue.errors import CatalogueError
from netpolwatch.catalogue.loader import ENTRIES_DIRECTORY, load

Raw = dict[str, Any]
VALID: Raw = {
    "title": "Our proxy gives up",
    "summary": "The proxy in front of the API server has given up.",
    "severity": "high",
    "component": "proxy",
    "maturity": "stable",
    "sources": ["proxy log"],
    "group_by": ["node"],
    "matches": [
        {
            "name": "gave-up",
            "components": ["proxy"],
            "anchors": ["proxy gave up"],
            "regex": "proxy gave up after (?P<tries>[0-9]{1,3}) tries",
        }
    ],
    "remedy": [{"say": "Restart it.", "run": "kubectl rollout restart deployment/proxy"}],
    "docs": "https://example.com/proxy",
    "examples": [{"line": "proxy gave up after 3 tries"}, {"line": "proxy gave up after 4 tries"}],
    "counterexamples": [{"line": "proxy started"}, {"line": "another proxy gave up"}],
}


def _rule(**changes: object) -> Callable[[Raw], object]:
    return lambda raw: raw["matches"][0].update(changes)


def _set(**changes: object) -> Callable[[Raw], object]:
    return lambda raw: raw.update(changes)


def _flow(**changes: object) -> Callable[[Raw], object]:
    return lambda raw: raw.update(
        matches=[{"name": "deny", "flow": {"disposition": "violation"}} | changes]
    )


def _versions(**changes: object) -> Callable[[Raw], object]:
    versions = {"of": "agent", "affected": "< v1.2.0", "fixed_in": "v1.2.0"} | changes
    return _set(versions=versions)


def _graver(**changes: object) -> Callable[[Raw], object]:
    return _set(escalate=[changes])


Case = tuple[str, Callable[[Raw], object], str, str]
MALFORMED: list[Case] = [
    ("a-missing-key", lambda raw: raw.pop("title"), "title", "is missing"),
    ("an-unknown-key", _set(serverity="high"), "serverity", "no such key"),
    ("an-unknown-severity", _set(severity="grave"), "severity", "critical"),
    ("an-unknown-maturity", _set(maturity="done"), "maturity", "stable"),
    ("a-title-of-a-number", _set(title=7), "title", "must be a text"),
    ("a-short-summary", _set(summary="short"), "summary", "20 characters"),
    ("no-remedy", _set(remedy=[]), "remedy", "at least 1"),
    ("docs-without-https", _set(docs="http://example.com"), "docs", "pattern"),
    ("a-script-as-docs", _set(docs="https://x/<script>"), "docs", "pattern"),
    ("too-many-subjects", _set(max_subjects=100_000), "max_subjects", "1000"),
    ("no-matches", _set(matches=[]), "matches", "at least one"),
    ("one-example", _set(examples=[{"line": "x"}]), "examples", "at least 2"),
    ("one-counterexample", _set(counterexamples=[{"line": "x"}]), "examples", "at least 2"),
    ("a-broken-regex", _rule(regex="proxy (gave up"), "matches.0.regex", "regular expression"),
    ("a-rule-without-anchors", _rule(anchors=[]), "matches.0", "anchors"),
    ("a-short-anchor", _rule(anchors=["up"]), "matches.0.anchors.0", "5 characters"),
    ("two-kinds", _rule(detector="go_panic"), "matches.0", "exactly one"),
    ("no-kind", _rule(regex=None), "matches.0", "exactly one"),
    ("an-unknown-detector", _rule(regex=None, detector="x"), "matches.0.detector", "go_panic"),
    ("a-broken-expression", _rule(regex=None, when="a ==="), "matches.0.when", "JMESPath"),
    ("fields-of-a-regex", _rule(fields={"a": "b"}), "matches.0", "`when`"),
    ("evidence-of-a-regex", _rule(evidence="a"), "matches.0", "`when`"),
    ("options-of-a-regex", _rule(options={"a": ["b"]}), "matches.0", "detector"),
    (
        "two-of-a-name",
        lambda raw: raw["matches"].append(raw["matches"][0]),
        "matches",
        "same name",
    ),
    ("an-unknown-flow-key", _flow(flow={"colour": "red"}), "matches.0.flow", "disposition"),
    ("an-unknown-disposition", _flow(flow={"disposition": "red"}), "matches.0", "violation"),
    ("an-unknown-end", _flow(flow={"destination_kind": "moon"}), "matches.0", "pod-identity"),
    ("an-unknown-source", _flow(flow={"source_kind": "moon"}), "matches.0", "own-node"),
    ("supersedes-no-id", _set(supersedes=["A B"]), "supersedes.0", "pattern"),
    ("a-threshold-of-one", _set(threshold={"count": 1, "within": "5m"}), "threshold.count", "2"),
    ("an-odd-duration", _rule(threshold={"count": 3, "within": "5"}), "within", "5m"),
    ("a-recovery-nobody-sees", _rule(strength="recovery"), "file", "resolve"),
    ("a-resolve-by-nothing", _set(resolve={"after": "5m", "seen": "x"}), "file", "recovery"),
    ("a-plan-that-waits-for-nothing", _set(maturity="planned"), "file", "waits_for"),
    ("a-stable-one-that-waits", _set(waits_for="a memory"), "file", "waits_for"),
    ("a-signal-of-a-flow", _flow(strength="signal"), "matches.0", "sighting"),
    ("an-odd-range", _versions(affected="older than v1.2.0"), "versions.affected", "range"),
    ("an-odd-fix", _versions(fixed_in="next"), "versions.fixed_in", "v1.20.4"),
    ("an-unknown-component", _versions(of="kernel"), "versions.of", "vpc-cni"),
    ("an-unknown-mask", _set(masks={"node": ["colour"]}), "masks.node.0", "interface"),
    ("a-mask-of-no-subject", _set(masks={"tries": ["uuid"]}), "file", "group_by"),
    ("graver-by-nothing", _graver(to="critical"), "escalate.0", "exactly one of"),
    (
        "graver-by-two-things",
        _graver(to="critical", count=3, nodes=3, within="5m"),
        "escalate.0",
        "exactly one of",
    ),
    ("graver-at-any-time", _graver(to="critical", nodes=3), "escalate.0", "within"),
    (
        "beside-for-a-time",
        _graver(to="critical", beside="npa-panic", within="5m"),
        "escalate.0",
        "within",
    ),
    ("graver-by-one", _graver(to="critical", count=1, within="5m"), "escalate.0.count", "2"),
    ("graver-by-a-crowd", _graver(to="critical", nodes=21, within="5m"), "escalate.0.nodes", "20"),
    ("graver-in-a-week", _graver(to="critical", nodes=3, within="7d"), "escalate.0", "24h"),
    ("graver-and-no-more", _graver(to="high", nodes=3, within="5m"), "escalate.0", "than high"),
    ("graver-to-what", _graver(nodes=3, within="5m"), "escalate.0.to", "is missing"),
    (
        "graver-by-the-same-twice",
        _set(
            severity="low",
            escalate=[
                {"to": to, "count": 3, "within": within}
                for to, within in (("high", "60m"), ("critical", "1h"))
            ],
        ),
        "escalate",
        "the same circumstance",
    ),
    ("beside-nothing", _graver(to="critical", beside="no-such"), "escalate.0.beside", "no entry"),
    (
        "beside-itself",
        _graver(to="critical", beside="beside-itself"),
        "escalate.0.beside",
        "itself",
    ),
    ("graver-by-one-rule", _graver(to="critical", rules=["gave-up"]), "rules", "two or more"),
    (
        "graver-by-a-strange-rule",
        _graver(to="critical", rules=["gave-up", "no-such"]),
        "escalate.0",
        "two or more of gave-up",
    ),
    ("explains-nothing", _set(inhibits=["no-such"]), "inhibits.0", "no entry"),
    ("An_Id", lambda _raw: None, "file", "pattern"),
]


def _write(folder: Path, identity: str, raw: object) -> Path:
    file = folder / f"{identity}.yaml"
    file.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return folder


def test_the_entry_that_the_others_are_made_of_is_well_formed(tmp_path: Path) -> None:
    (entry,) = load(_write(tmp_path, "proxy-gave-up", VALID))
    assert (entry.id, entry.rules[0].regex) == ("proxy-gave-up", VALID["matches"][0]["regex"])


@pytest.mark.parametrize(
    ("identity", "spoil", "key", "reason"), MALFORMED, ids=[case[0] for case in MALFORMED]
)
def test_a_malformed_entry_is_refused_with_file_key_and_reason(
    identity: str, spoil: Callable[[Raw], object], key: str, reason: str, tmp_path: Path
) -> None:
    # given
    raw = copy.deepcopy(VALID)
    spoil(raw)
    # when
    with pytest.raises(CatalogueError) as refused:
        load(_write(tmp_path, identity, raw))
    # then
    message = str(refused.value)
    assert message.startswith(f"{identity}.yaml: ")
    assert key in message
    assert reason in message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"title: [", "not YAML"),
        (b"\xff\xfe\x00", "not YAML"),
        (b"a: !!python/object:os.system {}", "not YAML"),
        (b"[" * 50_000, "not YAML"),
        (b"- title", "must be a mapping"),
        (b"", "must be a mapping"),
        (b"a: " + b"x" * 200_001, "larger than"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_file_that_is_no_entry_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "an-entry.yaml").write_bytes(content)
    with pytest.raises(CatalogueError, match=rf"an-entry\.yaml: .*{reason}"):
        load(tmp_path)


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    raw = VALID | {"severity": "grave", "docs": "nowhere"}
    with pytest.raises(CatalogueError) as refused:
        load(_write(tmp_path, "an-entry", raw))
    assert [line.split(": ")[1] for line in str(refused.value).split("\n")] == ["severity", "docs"]


def test_a_missing_folder_is_no_empty_catalogue(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="nowhere: no such folder"):
        load(tmp_path / "nowhere")


def test_entries_are_ordered_by_id_and_named_by_their_files() -> None:
    names = sorted(path.stem for path in ENTRIES_DIRECTORY.glob("*.yaml"))
    assert [entry.id for entry in load()] == names


def test_an_entry_says_when_it_is_graver(tmp_path: Path) -> None:
    # given
    escalate = [
        {"to": "high", "count": 3, "within": "90s"},
        {"to": "critical", "nodes": 3, "within": "30m"},
        {"to": "high", "beside": "the-cluster"},
    ]
    _write(tmp_path, "a-node", VALID | {"severity": "low", "escalate": escalate})
    _write(tmp_path, "the-cluster", VALID | {"group_by": []})
    # when
    entry, other = load(tmp_path)
    # then
    assert [(graver.to, graver.text) for graver in entry.escalate] == [
        ("high", "3 times within 90 s"),
        ("critical", "3 nodes within 30 min"),
        ("high", "beside the-cluster"),
    ]
    assert other.escalate == ()


def test_what_is_told_apart_by_more_is_beside_no_subject(tmp_path: Path) -> None:
    _write(tmp_path, "a-node", VALID | {"escalate": [{"to": "critical", "beside": "a-pod"}]})
    _write(tmp_path, "a-pod", VALID | {"group_by": ["node", "tries"]})
    with pytest.raises(CatalogueError, match=r"a-node\.yaml: escalate\.0\.beside: .* by tries"):
        load(tmp_path)


def test_a_planned_entry_needs_no_proof_and_matches_nothing(tmp_path: Path) -> None:
    raw = VALID | {"maturity": "planned", "examples": [], "counterexamples": [], "matches": []}
    raw |= {"waits_for": "a memory of events"}
    (entry,) = load(_write(tmp_path, "a-plan", raw))
    assert entry.rules == ()
