"""What does not fit is cut, and nothing of a table is lost from its counts."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.findings.notices import DigestNotice, FindingNotice, Notice, row_of
from netpolwatch.reporting.shortening import fitting
from tests.unit.findings.making import CLUSTER, NOON, finding
from tests.unit.reporting.noticing import NOTICES


def write(notice: Notice) -> bytes:
    return msgspec.json.encode(notice)


@pytest.mark.parametrize("name", NOTICES)
def test_what_fits_is_told_whole(name: str) -> None:
    notice = NOTICES[name]
    assert fitting(notice, write, len(write(notice))) == write(notice).decode()


@given(count=st.integers(0, 100), more=st.integers(0, 50), limit=st.integers(300, 40_000))
def test_rows_that_are_cut_are_counted(count: int, more: int, limit: int) -> None:
    # given
    rows = tuple(row_of(finding(id=f"{number:032x}")) for number in range(count))
    notice = DigestNotice(cluster=CLUSTER, rows=rows, more=more, since=NOON, until=NOON)
    # when
    text = fitting(notice, write, limit)
    # then
    told = msgspec.json.decode(text, type=DigestNotice)
    assert len(text.encode()) <= limit
    assert len(told.rows) + told.more == count + more


def test_silences_go_before_rows() -> None:
    rows = (row_of(finding()),)
    notice = DigestNotice(
        cluster=CLUSTER, rows=rows, more=0, since=NOON, until=NOON, silences=("x" * 400,) * 50
    )
    told = msgspec.json.decode(fitting(notice, write, 2_000), type=DigestNotice)
    assert (told.silences, told.rows) == ((), rows)


def test_a_finding_keeps_what_it_is() -> None:
    notice = NOTICES["finding"]
    assert isinstance(notice, FindingNotice)
    told = msgspec.json.decode(fitting(notice, write, 1), type=FindingNotice)
    assert (told.finding.evidence, told.finding.id) == ((), notice.finding.id)
    assert told.finding.remedy == notice.finding.remedy
