"""The map of who is denied what: readable at 5 and at 200 workloads, and it loses no packet."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from netpolwatch.reporting.report.causes import causes_of
from netpolwatch.reporting.report.html.denial_map import MAX_ROWS, denial_map
from netpolwatch.reporting.report.model import Cause, Denial, End
from tests.unit.reporting.report.days import explained_day


def workload(number: int) -> End:
    namespace = f"team-{number % 17}"
    return End(f"{namespace}/Deployment/app-{number}", "pod", namespace, f"app-{number}")


def causes(workloads: int) -> list[Cause]:
    return causes_of([
        Denial(
            workload(number), workload((number * 7 + 1) % workloads), 8080, "TCP", "ingress",
            (f"team-{number % 17}/default-deny",), packets=1 + number % 5, first_ms=1, last_ms=2,
        )
        for number in range(workloads)
    ])  # fmt: skip


def texts(svg: str) -> list[tuple[float, float, str]]:
    root = ET.fromstring(svg)  # noqa: S314  # our own
    return [
        (float(each.get("x", "0")), float(each.get("y", "0")), "".join(each.itertext()))
        for each in root.iter("text")
    ]


def packets(svg: str) -> int:
    said = re.findall(r": ([\d,]+) packets?, ", svg)
    return sum(int(each.replace(",", "")) for each in said)


@pytest.mark.parametrize("workloads", [1, 5, 24, 25, 200, 2000])
def test_no_column_has_more_rows_than_can_be_read(workloads: int) -> None:
    svg = denial_map(causes(workloads))
    assert svg is not None
    columns: dict[float, list[float]] = {}
    for x, y, _ in texts(svg):
        columns.setdefault(x, []).append(y)
    for rows in columns.values():
        rows.sort()
        gaps = [after - before for before, after in pairwise(rows)]
        assert len(rows) <= MAX_ROWS + 1  # and the column's title
        assert all(gap >= 14 for gap in gaps)


@pytest.mark.parametrize("workloads", [1, 5, 24, 25, 200, 2000])
def test_every_packet_is_in_a_line(workloads: int) -> None:
    made = causes(workloads)
    assert packets(denial_map(made) or "") == sum(cause.packets for cause in made)


def test_five_workloads_stand_by_name_and_two_hundred_by_namespace() -> None:
    few, many = denial_map(causes(5)), denial_map(causes(200))
    assert few is not None
    assert many is not None
    assert "team-3/Deployment/app-3" in few
    assert "namespace team-3 (12)" in many


def test_drops_of_the_agent_have_a_row_of_their_own() -> None:
    day = explained_day()
    svg = denial_map(day.causes, day.agent_drops) or ""
    agent = sum(drops.packets for drops in day.agent_drops)
    assert "the agent (no policy denies it)" in svg
    assert packets(svg) == day.denied_by_policy + agent


def test_nothing_denied_is_no_map() -> None:
    assert denial_map([]) is None
