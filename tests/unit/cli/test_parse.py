"""`netpolwatch parse`: one JSON object a log event, in order, no key ever missing."""

from pathlib import Path

import pytest

from tests.unit.cli.running import (
    ACCEPT,
    DENY,
    LINK_NOT_FOUND,
    NODE,
    event,
    netpolwatch,
)


def test_each_kind_of_line_has_the_contracts_keys(tmp_path: Path) -> None:
    # Given a file with a flow that was denied, an answer that passed, a fault, and noise
    file = tmp_path / "events.jsonl"
    lines = [event(DENY), event(ACCEPT, 1), event(LINK_NOT_FOUND, 2), event("Skipping", 3)]
    file.write_text("".join(lines))
    # When
    run = netpolwatch("parse", file)
    # Then
    assert (run.status, run.err) == (0, "")
    denied, accepted, sighted, other = run.objects
    assert list(denied.pop("reasons")) != []
    assert denied == {
        "line": 1,
        "kind": "flow",
        "form": "cloudwatch",
        "timestamp": "2026-06-09T12:00:00.000Z",
        "node": NODE,
        "source": {"ip": "10.0.1.44", "port": 43322},
        "destination": {"ip": "172.20.0.10", "port": 53},
        "protocol": "UDP",
        "verdict": "DENY",
        "direction": None,
        "tier": "DEFAULT",
        "disposition": "violation",
        "confidence": "medium",
        "issues": ["denied-conversation", "dns-egress-denied", "policy-tier-deny"],
    }
    assert accepted == denied | {
        "line": 2, "timestamp": "2026-06-09T12:00:01.000Z", "verdict": "ACCEPT",
        "disposition": None, "confidence": None, "reasons": [], "issues": [],
    }  # fmt: skip
    assert sighted == {
        "line": 3, "kind": "sighting", "issue": "npa-link-not-found", "severity": "high",
        "fields": {"interface": "eni9ea69618bf0"}, "component": "network-policy-agent",
    }  # fmt: skip
    assert other == {"line": 4, "kind": "other", "signals": []}


def test_keys_stand_in_the_contracts_order() -> None:
    run = netpolwatch("parse", given=DENY)
    assert list(run.objects[0]) == [
        "line", "kind", "form", "timestamp", "node", "source", "destination", "protocol",
        "verdict", "direction", "tier", "disposition", "confidence", "reasons", "issues",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("way", ["file", "pipe"])
def test_what_powershell_redirects_is_read(encoding: str, way: str, tmp_path: Path) -> None:
    # given a file in UTF-16 with its mark and Windows' line ends
    content = f"\ufeff{DENY}\r\nPods \u2192 wait\r\n{event(ACCEPT)}".encode(encoding)
    path = tmp_path / "flows.log"
    path.write_bytes(content)
    # when
    run = netpolwatch("parse", path) if way == "file" else netpolwatch("parse", given=content)
    # then
    assert [(each["line"], each.get("verdict")) for each in run.objects] == [
        (1, "DENY"), (2, None), (3, "ACCEPT"),
    ]  # fmt: skip
    assert run.err == ""


def test_a_plain_line_has_no_time() -> None:
    assert netpolwatch("parse", given=DENY).objects[0]["timestamp"] is None


@pytest.mark.parametrize("arguments", [["parse"], ["parse", "-"]], ids=["nothing", "dash"])
def test_standard_input_is_read(arguments: list[str]) -> None:
    run = netpolwatch(*arguments, given=f"{DENY}\n\n{ACCEPT}")
    assert [(each["line"], each["verdict"]) for each in run.objects] == [
        (1, "DENY"), (3, "ACCEPT"),
    ]  # fmt: skip


def test_files_and_standard_input_are_read_in_order_as_one(tmp_path: Path) -> None:
    (tmp_path / "one").write_text(f"{ACCEPT}\n{ACCEPT}\n")
    (tmp_path / "two").write_text(f"{DENY}\n")
    run = netpolwatch("parse", tmp_path / "one", "-", tmp_path / "two", given="noise\n")
    assert [(each["line"], each.get("verdict")) for each in run.objects] == [
        (1, "ACCEPT"), (2, "ACCEPT"), (3, None), (4, "DENY"),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "said"), [("ipamd.log", "sighting"), ("copied.log", "other")])
def test_a_files_own_name_tells_who_wrote_it(name: str, said: str, tmp_path: Path) -> None:
    # given a refusal that any program may be told, as a line without a source
    path = tmp_path / name
    path.write_text('{"level":"error","msg":"api error UnauthorizedOperation: You may not"}\n')
    # then it is the address manager's only in a file of its name
    (told,) = netpolwatch("parse", path).objects
    assert told["kind"] == said


@pytest.mark.parametrize("given", [b"", b"\n\n", b"\r\n  \n"], ids=["empty", "lines", "spaces"])
def test_nothing_in_is_nothing_out(given: bytes) -> None:
    assert netpolwatch("parse", given=given) == (0, "", "")


@pytest.mark.parametrize(
    "garbage",
    [
        bytes(range(256)) * 64,
        b"\x00" * 10_000,
        DENY.encode("utf-16-le"),
        b"\x1f\x8b\x08" + b"\x00\xff" * 500,
        b"[" * 100_000,
        b'{"message":"\\ud800","logGroup":"\\udfff"}',
        b'{"message":"x","timestamp":1e999}\n{"message":"x","timestamp":' + b"9" * 400 + b"}",
        b"x" * 9_000_000,
    ],
    ids=["bytes", "NUL", "UTF-16 unmarked", "gzip", "deep", "surrogates", "numbers", "long"],
)
def test_garbage_is_other_and_hides_no_neighbour(garbage: bytes) -> None:
    run = netpolwatch("parse", given=garbage + b"\n" + DENY.encode() + b"\n")
    assert (run.status, run.err) == (0, "")
    *others, last = run.objects
    assert last["verdict"] == "DENY"
    assert {each["kind"] for each in others} == {"other"}


def test_output_is_ascii_safe_json_lines_whatever_is_in_the_fields() -> None:
    # Given a separator that some readers take for a line's end, in a node's name
    run = netpolwatch("parse", given=event(DENY.replace(NODE, "ip\u2028\x1b[2J")))
    assert run.status == 0
    assert len(run.out.strip("\n").split("\n")) == 1
    assert "\x1b" not in run.out
