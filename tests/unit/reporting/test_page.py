"""The report as a page: whole, escaped, without a script."""

from html.parser import HTMLParser

from netpolwatch.findings.model import Evidence
from netpolwatch.reporting.page import report_page
from netpolwatch.reporting.summary import Summary
from tests.unit.findings.making import finding
from tests.unit.reporting.report.test_text import report

HOSTILE = "<script>alert(1)</script><img src=x onerror=y>{foreground}&amp;\x1b[31m"


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(page: str) -> _Page:
    parser = _Page()
    parser.feed(page)
    return parser


def test_a_page_tells_what_the_terminal_tells() -> None:
    page = _read(report_page(report(finding(), cluster="retail-prod")))
    assert "netpolwatch: retail-prod" in page.text
    assert "The agent cannot find a pod's network interface" in page.text
    assert "aws eks update-addon --addon-name vpc-cni" in page.text


def test_log_text_is_never_markup() -> None:
    hostile = finding(
        title=HOSTILE, subject={"node": HOSTILE}, evidence=(Evidence(None, "g", "s", HOSTILE),)
    )
    summary = Summary(files=1, events=1, notes=[HOSTILE])
    page = _read(report_page(report(hostile, summary=summary, cluster=HOSTILE)))
    assert page.tags <= {"html", "head", "meta", "title", "style", "body", "pre", "span"}
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "style"}
    assert "<script>alert(1)</script>" in page.text
    assert "\x1b" not in page.text
