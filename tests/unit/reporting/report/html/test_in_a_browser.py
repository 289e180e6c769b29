"""The page in a browser: nothing runs out of it, at the widths and in the themes people have."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netpolwatch.reporting.report.html.page import report_page
from tests.browser import EXECUTABLE, Browser, Theme, browser
from tests.unit.reporting.report.days import explained_day, sample_day

pytestmark = [
    pytest.mark.skipif(EXECUTABLE is None, reason="needs chromium"),
    pytest.mark.xdist_group("browser"),
]
WIDTHS = [400, 1280, 1920]

_OVERFLOWING = """
[...document.querySelectorAll('body *')]
  .filter(e => !e.closest('.scroll') && e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.tagName + ' ' + e.textContent.slice(0, 60))
"""
_TOO_FAINT = """
(() => {
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
      .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b };
  const ground = e => { for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor;
    if (!c.startsWith('rgba(0, 0, 0, 0')) return c } };
  const texts = 'p, a, small, summary, .muted, .severity, th, td, code, text';
  return [...document.querySelectorAll(texts)]
    .filter(e => e.textContent.trim())
    .map(e => { const s = getComputedStyle(e);
      const ink = e.tagName === 'text' ? s.fill : s.color;
      const pair = [light(ink), light(ground(e))].sort((a, b) => b - a);
      return [(pair[0] + .05) / (pair[1] + .05), e.tagName + ' ' + e.textContent.slice(0, 40)] })
    .filter(([ratio]) => ratio < 4.5)
})()
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    written = {}
    for name, day in (("sample", sample_day()), ("explained", explained_day())):
        written[name] = folder / f"{name}.html"
        written[name].write_text(report_page(day), encoding="utf-8")
    return written


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["sample", "explained"])
def test_nothing_runs_out_of_the_page_and_every_text_can_be_read(
    chromium: Browser, pages: dict[str, Path], name: str, width: int, theme: Theme
) -> None:
    # when
    chromium.session = ""
    chromium.open(pages[name], width, theme)
    # then the page is as wide as its window, and only what scrolls by itself is wider
    assert chromium.evaluate("document.documentElement.scrollWidth") <= width
    assert chromium.evaluate(_OVERFLOWING) == []
    # and each text stands out from its ground
    assert chromium.evaluate(_TOO_FAINT) == []


def test_labels_of_the_pictures_are_within_them(chromium: Browser, pages: dict[str, Path]) -> None:
    chromium.session = ""
    chromium.open(pages["explained"], 1280, "light")
    assert (
        chromium.evaluate("""
      [...document.querySelectorAll('svg text')].filter(e => {
        const own = e.getBoundingClientRect();
        const picture = e.ownerSVGElement.getBoundingClientRect();
        return own.left < picture.left - 1 || own.right > picture.right + 1
      }).map(e => e.textContent)
    """)
        == []
    )


def test_the_themes_differ(chromium: Browser, pages: dict[str, Path]) -> None:
    grounds = set()
    for theme in ("light", "dark"):
        chromium.session = ""
        chromium.open(pages["sample"], 1280, theme)
        grounds.add(chromium.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2
