"""Node bundles on the command line: archives and folders, by their content."""

import gzip
from pathlib import Path

import pytest

from samples.bundle import FORMS, NODE, write_bundle, write_folder
from samples.hostile_bundle import LINE, LOG, REFUSED, bomb, links, strange_names, tar_of
from tests.unit.cli.running import DENY, netpolwatch

LOG_BYTES = 1_500_000
FLOWS = 4_000


@pytest.mark.parametrize("form", [*FORMS, "folder"])
def test_a_bundle_is_analyzed(tmp_path: Path, form: str) -> None:
    # Given a bundle whose name tells nothing of its form
    bundle = tmp_path / "bundle"
    if form == "folder":
        write_folder(bundle, log_bytes=LOG_BYTES)
    else:
        with bundle.open("wb") as file:
            write_bundle(file, log_bytes=LOG_BYTES, form=form)
    run = netpolwatch("analyze", "--format", "json", bundle)
    # Then its logs are read, its faults found, on its node
    assert (run.status, run.err) == (0, "")
    told = run.document["input"]
    assert (told["files"], told["flows"], told["notes"]) == (1, FLOWS, [])
    assert told["members"] == 13
    assert told["unknown_members"]["networking"] == 2
    nodes = {
        finding["issue"]: finding["subject"].get("node") for finding in run.document["findings"]
    }
    assert nodes["npa-link-not-found"] == nodes["npa-bpf-map-update-failed"] == NODE


def test_lines_are_numbered_through_all_inputs(tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_text(f"{DENY}\n\n{DENY}\n")
    packed.write_bytes(gzip.compress(f"{DENY}\n{DENY}\n".encode()))
    run = netpolwatch("parse", plain, packed, plain)
    assert [line["line"] for line in run.objects] == [1, 3, 4, 5, 6, 8]
    assert {line["kind"] for line in run.objects} == {"flow"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            REFUSED["encrypted-zip"](),
            "holds nothing that can be read: 1 member left out: encrypted",
        ),
        (REFUSED["wrapped"](), "nested too deep"),
        (tar_of(("a.png", b"")), "holds no logs that netpolwatch reads"),
    ],
)
def test_a_bundle_that_cannot_be_read_is_one_clear_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    bundle = tmp_path / "b\x1b[2J.tar"
    bundle.write_bytes(content)
    for command in ("parse", "analyze"):
        run = netpolwatch(command, bundle)
        assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
        assert said in run.err
        assert "\x1b" not in run.err


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (bomb(), "the bundle inflates more than 250-fold, as a bomb does"),
        (links(), "2 members left out: a link, first var_log/messages"),
        (gzip.compress(tar_of((LOG, LINE * 5_000)))[:-30], "breaks off"),
    ],
)
def test_what_is_left_out_of_a_hostile_bundle_is_told(
    tmp_path: Path, content: bytes, note: str
) -> None:
    bundle = tmp_path / "bundle.tar.gz"
    bundle.write_bytes(content)
    run = netpolwatch("analyze", bundle)
    assert (run.status, run.err) == (0, "")
    assert note in " ".join(run.out.split())
    told = netpolwatch("analyze", "--format", "json", bundle).document["input"]
    assert note in told["notes"][0]


def test_names_of_members_are_shown_as_printable_text(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.tar"
    bundle.write_bytes(strange_names())
    run = netpolwatch("analyze", bundle)
    assert run.status == 0
    assert not {"\x1b", "\u202e"} & set(run.out + run.err)


def test_an_archive_on_a_pipe_is_one_clear_line() -> None:
    run = netpolwatch("analyze", "-", given=tar_of((LOG, LINE)))
    assert run.status == 2
    assert run.err == "netpolwatch: -: a compressed file or archive must be named, not piped\n"


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "secret.log").write_text(DENY)
    (tmp_path / "bundle" / "a.log").symlink_to(tmp_path / "secret.log")
    (tmp_path / "bundle" / "b").symlink_to(tmp_path)
    run = netpolwatch("parse", tmp_path / "bundle")
    assert (run.status, run.out) == (2, "")
    assert run.err.endswith("bundle: holds no logs that netpolwatch reads\n")
