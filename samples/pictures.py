"""`python -m samples.pictures` draws what an e-mail, a Slack message and a report look like.

Slack's blocks are drawn as Slack shows them, near enough to be judged. A headless Chromium takes
the pictures; beside them stands the digest of what was drawn, so that a test can tell a stale one.
"""

import gzip
import hashlib
import html
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from netpolwatch.catalogue.default import default_entries
from netpolwatch.findings.model import Evidence, Finding, Links
from netpolwatch.findings.notices import FindingNotice
from netpolwatch.findings.remedy import filled
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.reporting.email import email_body, email_subject
from netpolwatch.reporting.links import dashboard_link, logs_insights_link
from netpolwatch.reporting.message import message_of
from netpolwatch.reporting.report.build import report_of_run
from netpolwatch.reporting.report.html.page import report_page
from netpolwatch.reporting.report.model import Origin
from netpolwatch.reporting.slack import slack_message
from netpolwatch.reporting.summary import Summary

_ROOT = Path(__file__).resolve().parent.parent
FOLDER = _ROOT / "docs" / "pictures"
DIGESTS = FOLDER / "digests.json"
_DAY = _ROOT / "tests" / "corpus" / "cluster-day"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_NODE = "ip-10-0-2-17.eu-central-1.compute.internal"
_STREAM = f"{_NODE}-dataplane.tail.var.log.aws-routed-eni.ebpf-sdk.log"
_GROUP = "/aws/containerinsights/retail-prod/dataplane"
_ID = "9c1185a5c5e9fc54612808977ee8f548"
_LINE = (
    '{"level":"error","ts":"2026-06-09T12:00:00.000Z","caller":"tc/tc.go:161",'
    '"msg":"failed to find device by name eni9ea69618bf0: Link not found"}'
)
_STYLE = """
body{margin:0;background:#fff;font:15px/1.45 "Liberation Sans",Arial,sans-serif;color:#1d1c1d}
.mail{padding:20px;width:820px}
.mail h1{font-size:18px;margin:0 0 12px;padding-bottom:12px;border-bottom:1px solid #ccc}
pre{font:13px/1.4 "DejaVu Sans Mono",monospace;margin:0;white-space:pre-wrap;
  overflow-wrap:anywhere}
.slack{padding:20px;width:640px}
.app{font-weight:bold}
.attachment{border-left:4px solid;border-radius:4px;padding:2px 0 2px 14px;margin-top:6px}
.attachment>*{margin:8px 0}
.header{font-size:18px;font-weight:bold}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:6px 16px}
.slack pre{background:#f8f8f8;border:1px solid #ddd;border-radius:4px;padding:8px}
.button{display:inline-block;border:1px solid #bbb;border-radius:4px;padding:4px 12px;
  margin-right:8px;font-weight:bold;font-size:13px}
.context{color:#616061;font-size:12px}
hr{border:0;border-top:1px solid #ddd}
"""


class Picture(NamedTuple):
    """A page to draw, and the window it is drawn in.

    Attributes
    ----------
    source
        What makes the picture stale when it changes; the page itself where it is empty.
    """

    page: str
    size: tuple[int, int]
    dark: bool = False
    source: str = ""


def pictures() -> dict[str, Picture]:
    """Return the pictures by the names of their files."""
    finding, summary = _finding()
    # What the engine finds in that day changes often; how a page looks does not.
    report, frame = _report(), _frame()
    return {
        "email.png": Picture(_page(_mail(finding, summary)), (860, 1060)),
        "slack.png": Picture(_page(_slack(finding, summary)), (680, 920)),
        "report.png": Picture(report, (1280, 1800), source=frame),
        "report-dark.png": Picture(report, (1280, 1800), dark=True, source=frame),
        "report-phone.png": Picture(report, (400, 1600), source=frame),
    }


def digest_of(picture: Picture) -> str:
    """Return what tells whether a picture is stale."""
    drawn = f"{picture.size}{picture.dark}{picture.source or picture.page}"
    return hashlib.sha256(drawn.encode()).hexdigest()


def main() -> int:
    """Draw the pictures; exit 1 without a browser."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        sys.stderr.write(f"needs one of: {', '.join(_BROWSERS)}\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    digests = {}
    for name, picture in pictures().items():
        _draw(browser, picture, FOLDER / name)
        digests[name] = digest_of(picture)
    DIGESTS.write_text(json.dumps(digests, indent=2) + "\n", encoding="utf-8")
    return 0


def _frame() -> str:
    """Return a report of one fault and no log: its page has the layout and the words of any."""
    finding, _ = _finding()
    entries = {entry.id: entry for entry in default_entries()}
    summary = Summary(files=1, events=3, first=0, last=3_600_000)
    origin = Origin(inputs=("events.jsonl",), version="", made_ms=3_600_000)
    return report_page(
        report_of_run(summary, [finding], entries, Knowledge(), origin, "retail-prod")
    )


def _report() -> str:
    """Return the report of the labelled day, as the command line writes it."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("audit.events.jsonl", "flows.events.jsonl", "snapshot.yaml"):
            packed = (_DAY / f"{name}.gz").read_bytes()
            Path(folder, name).write_bytes(gzip.decompress(packed))
        command = [
            sys.executable, "-m", "netpolwatch", "analyze", "--format", "html", "--snapshot",
            "snapshot.yaml", "audit.events.jsonl", "flows.events.jsonl",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603
    return done.stdout.decode()


def _finding() -> tuple[Finding, str]:
    entry = next(one for one in default_entries() if one.id == "npa-link-not-found")
    finding = Finding(
        id="4f2d5f0f6f3f4d0d8a4d5f0f6f3f4d0d", issue=entry.id, title=entry.title,
        severity=entry.severity, status="open", episode=1, subject={"node": _NODE}, count=3,
        first_seen="2026-06-09T12:00:00.000Z", last_seen="2026-06-09T12:04:30.000Z",
        component=entry.component, confidence="high",
        evidence=(Evidence("2026-06-09T12:00:00.000Z", _GROUP, _STREAM, _LINE),),
        remedy=filled(entry.remedy, "retail-prod", {"node": _NODE}),
        docs=entry.docs, cluster="retail-prod",
        affected_versions=entry.affected_versions, fixed_in=entry.fixed_version,
        links=Links(
            logs_insights=logs_insights_link("eu-central-1", _GROUP, _STREAM),
            dashboard=dashboard_link("eu-central-1", "netpolwatch"),
        ),
    )  # fmt: skip
    return finding, entry.summary


def _mail(finding: Finding, summary: str) -> str:
    subject, body = email_subject(finding), email_body(finding, summary, _ID)
    return f'<div class="mail"><h1>{_safe(subject)}</h1><pre>{_safe(body)}</pre></div>'


def _slack(finding: Finding, summary: str) -> str:
    notice = FindingNotice(reason="opened", finding=finding)
    (attachment,) = slack_message(message_of(notice, _ID, summary)).attachments
    blocks = "".join(map(_block, attachment["blocks"]))
    return (
        '<div class="slack"><span class="app">netpolwatch</span>'
        f'<div class="attachment" style="border-color:{attachment["color"]}">{blocks}</div></div>'
    )


def _block(block: dict[str, Any]) -> str:  # noqa: PLR0911  # one a kind of block
    match block["type"]:
        case "header":
            return f'<div class="header">{_safe(block["text"]["text"])}</div>'
        case "section" if "fields" in block:
            cells = "".join(f"<div>{_safe(one['text'])}</div>" for one in block["fields"])
            return f'<div class="fields">{cells}</div>'
        case "section":
            return f"<div>{_safe(block['text']['text'])}</div>"
        case "rich_text":
            text = block["elements"][0]["elements"][0]["text"]
            return f"<pre>{_safe(text)}</pre>"
        case "actions":
            buttons = (one["text"]["text"] for one in block["elements"])
            drawn = "".join(f'<span class="button">{_safe(one)}</span>' for one in buttons)
            return f"<div>{drawn}</div>"
        case "context":
            return f'<div class="context">{_safe(block["elements"][0]["text"])}</div>'
        case _:
            return "<hr>"


def _safe(text: str) -> str:
    return html.escape(text)


def _page(body: str) -> str:
    return f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style>{body}'


def _draw(browser: str, picture: Picture, file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(picture.page, encoding="utf-8")
        width, height = picture.size
        command = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={folder}/profile", f"--window-size={width},{height}",
            f"--blink-settings=preferredColorScheme={0 if picture.dark else 1}",
            f"--screenshot={file}", page.as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603  # found above


if __name__ == "__main__":
    sys.exit(main())
