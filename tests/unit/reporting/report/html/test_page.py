"""The report as a page: whole, escaped, without a script, every link leading somewhere."""

from html.parser import HTMLParser

from netpolwatch.findings.model import Evidence
from netpolwatch.reporting.report.html.page import report_page
from netpolwatch.reporting.summary import Summary
from tests.unit.findings.making import finding
from tests.unit.reporting.report.days import explained_day, sample_day
from tests.unit.reporting.report.test_text import report

HOSTILE = "<script>alert(1)</script><img src=x onerror=y>{foreground}&amp;\x1b[31m\"'></title>"
TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav", "section",
    "div", "h1", "h2", "h3", "p", "b", "strong", "small", "span", "a", "ul", "ol", "li", "pre",
    "code", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "figure",
    "figcaption", "svg", "g", "rect", "line", "path", "text",
}  # fmt: skip


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.contents: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.contents += [value or "" for name, value in attrs if name == "content"]
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> _Page:
    parser = _Page()
    parser.feed(page)
    return parser


def test_a_page_says_what_was_read_when_and_by_which_version() -> None:
    text = read(report_page(sample_day())).text
    assert "netpolwatch: retail-prod" in text
    assert "netpolwatch 0.1.0, 2026-06-09 18:03 UTC. Read: cluster-day.jsonl." in text


def test_each_command_is_whole_in_a_block_of_its_own() -> None:
    day = sample_day()
    page = report_page(day)
    steps = [step.run for fault in (*day.going_on, *day.over) for step in fault.steps if step.run]
    assert len(steps) > 20
    assert page.count('<pre class="command">') >= len(steps)
    text = read(page).text
    assert all(step in text for step in steps)


def test_every_anchor_is_there_once_and_every_link_leads_somewhere() -> None:
    for day in (sample_day(), explained_day()):
        page = read(report_page(day))
        assert len(page.ids) == len(set(page.ids))
        within = [link[1:] for link in page.links if link.startswith("#")]
        assert within
        assert set(within) <= set(page.ids)
        outside = [link for link in page.links if not link.startswith("#")]
        assert all(link.startswith("https://") for link in outside)


def test_it_loads_nothing_and_runs_nothing() -> None:
    page = report_page(explained_day())
    read_page = read(page)
    assert read_page.tags <= TAGS
    assert not {name for name in read_page.attributes if name.startswith("on")}
    assert "default-src 'none'; style-src 'unsafe-inline'" in read_page.contents
    assert not {"src", "srcset", "style", "background"} & read_page.attributes
    assert "url(" not in page


def test_log_text_is_never_markup() -> None:
    # given log text that looks like markup, wherever a page shows some
    hostile = finding(
        title=HOSTILE, subject={"node": HOSTILE}, evidence=(Evidence(None, "g", "s", HOSTILE),),
        escalated=HOSTILE, version_note=HOSTILE,
    )  # fmt: skip
    summary = Summary(files=1, events=1, first=0, last=60_000, notes=[HOSTILE])
    summary.course.add({(0, "Denies", "violation"): 1})
    # when
    page = read(report_page(report(hostile, summary=summary, cluster=HOSTILE)))
    # then it is text
    assert page.tags <= TAGS
    assert "<script>alert(1)</script>" in page.text
    assert "\x1b" not in page.text


def test_an_empty_report_is_a_page() -> None:
    assert "Nothing was read: the input is empty." in read(report_page(report())).text
