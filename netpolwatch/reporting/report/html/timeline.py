"""The time line: denied packets by time as bars, and below them when each fault was seen."""

from collections.abc import Iterable, Sequence
from typing import Final

from netpolwatch.reporting.report.html.markup import Markup, element
from netpolwatch.reporting.report.model import Bucket, Fault, Report
from netpolwatch.reporting.report.words import Clock, counted

_WIDTH: Final = 1000
_LEFT: Final = 56
_RIGHT: Final = 992
_TOP: Final = 14
_BARS: Final = 150
_AXIS: Final = 26
_LANE: Final = 40
_TICKS: Final = 6
_EDGE: Final = 70
_MAX_LANES: Final = 14
_MAX_TITLE: Final = 74
_LEAST: Final = 4.0


def time_line(report: Report) -> Markup | None:
    """Return the time line as SVG; `None` where nothing has a time."""
    buckets = report.course.buckets
    if not buckets:
        return None
    faults = [*report.going_on, *report.over][:_MAX_LANES]
    scale = _Scale(buckets[0].start_ms, buckets[-1].start_ms + report.course.width_ms)
    base = _TOP + _BARS
    height = base + _AXIS + _LANE * len(faults) + 6
    children = [
        *_bars(buckets, report, scale, base),
        *_axis(report.clock, buckets, scale, base),
        *_lanes(faults, report, scale, base + _AXIS),
    ]
    return element(
        "svg", *children, viewbox=f"0 0 {_WIDTH} {height}", role="img",
        aria_label="Denied packets and faults over time",
    )  # fmt: skip


class _Scale:
    """Places a time on the picture."""

    def __init__(self, first_ms: int, last_ms: int) -> None:
        self._first_ms, self._span_ms = first_ms, max(1, last_ms - first_ms)

    def x(self, time_ms: int) -> float:
        share = min(1.0, max(0.0, (time_ms - self._first_ms) / self._span_ms))
        return _LEFT + share * (_RIGHT - _LEFT)


def _bars(buckets: Sequence[Bucket], report: Report, scale: _Scale, base: int) -> Iterable[Markup]:
    top = max(1, *(each.violations + each.agent + each.aside for each in buckets))
    width = (_RIGHT - _LEFT) / len(buckets)
    yield element("text", f"{top:,}", x=_LEFT - 8, y=_TOP + 5, text_anchor="end", class_="muted")
    yield element("text", "0", x=_LEFT - 8, y=base, text_anchor="end", class_="muted")
    yield element("line", x1=_LEFT, x2=_RIGHT, y1=_TOP, y2=_TOP, class_="axis")
    for each in buckets:
        y, start = float(base), scale.x(each.start_ms)
        said = [report.clock.moment(each.start_ms)]
        parts = []
        for name, count in (("violation", each.violations), ("agent", each.agent),
                            ("aside", each.aside)):  # fmt: skip
            if not count:
                continue
            tall = max(1.5, count / top * _BARS)
            y -= tall
            parts.append(element("rect", x=start + 1, y=y, width=max(1.0, width - 2), height=tall,
                                 class_=name))  # fmt: skip
            said.append(f"{count:,} {_NAMES[name]}")
        if parts:
            yield element("g", element("title", ", ".join(said)), *parts)


_NAMES: Final = {"violation": "by policy", "agent": "by the agent", "aside": "set aside"}


def _axis(clock: Clock, buckets: Sequence[Bucket], scale: _Scale, base: int) -> Iterable[Markup]:
    yield element("line", x1=_LEFT, x2=_RIGHT, y1=base, y2=base, class_="axis")
    step = max(1, -(-len(buckets) // _TICKS))
    for each in buckets[::step]:
        x = scale.x(each.start_ms)
        yield element("line", x1=x, x2=x, y1=base, y2=base + 5, class_="axis")
        # A label at the right edge would run out of the picture.
        where = "start" if x < _LEFT + _EDGE else "end" if x > _RIGHT - _EDGE else "middle"
        label = clock.moment(each.start_ms)
        yield element("text", label, x=x, y=base + 20, text_anchor=where, class_="muted")


def _lanes(faults: Sequence[Fault], report: Report, scale: _Scale, top: int) -> Iterable[Markup]:
    for number, fault in enumerate(faults):
        if fault.first_ms is None or report.last_ms is None:
            continue
        y = top + number * _LANE
        end_ms = fault.last_ms if fault.is_over else report.last_ms
        start, end = scale.x(fault.first_ms), scale.x(end_ms or fault.first_ms)
        is_left = start < (_LEFT + _RIGHT) / 2
        title = (
            fault.title if len(fault.title) <= _MAX_TITLE else fault.title[: _MAX_TITLE - 1] + "…"
        )
        when = (report.clock.between if fault.is_over else report.clock.since)(
            fault.first_ms, fault.last_ms
        )
        yield element(
            "g",
            element("title", f"{fault.title}: {counted(fault.count, 'time')}, {when}"),
            element("text", title + ("" if fault.is_over else " (goes on)"),
                    x=start if is_left else max(end, start + _LEAST), y=y + 16,
                    text_anchor="start" if is_left else "end"),
            element("rect", x=start, y=y + 22, width=max(_LEAST, end - start), height=10, rx=3,
                    class_=f"fill-{fault.severity}"),
        )  # fmt: skip
