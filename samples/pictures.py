"""`python -m samples.pictures` draws what an e-mail and a Slack message look like, for the docs.

The texts are those of the golden files' notices; Slack's blocks are drawn as Slack shows them, near
enough to be judged. A headless Chromium takes the pictures.
"""

import html
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from netpolwatch.catalogue.default import default_entries
from netpolwatch.findings.model import Evidence, Finding, Links
from netpolwatch.findings.notices import FindingNotice
from netpolwatch.findings.remedy import filled
from netpolwatch.reporting.email import email_body, email_subject
from netpolwatch.reporting.links import dashboard_link, logs_insights_link
from netpolwatch.reporting.message import message_of
from netpolwatch.reporting.slack import slack_message

_FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
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


def main() -> int:
    """Draw both pictures; exit 1 without a browser."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        sys.stderr.write(f"needs one of: {', '.join(_BROWSERS)}\n")
        return 1
    _FOLDER.mkdir(parents=True, exist_ok=True)
    finding, summary = _finding()
    _draw(browser, _mail(finding, summary), _FOLDER / "email.png", (860, 1060))
    _draw(browser, _slack(finding, summary), _FOLDER / "slack.png", (680, 920))
    return 0


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


def _draw(browser: str, body: str, picture: Path, size: tuple[int, int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(
            f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style>{body}', encoding="utf-8"
        )
        command = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={folder}/profile", f"--window-size={size[0]},{size[1]}",
            f"--screenshot={picture}", page.as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603  # found above


if __name__ == "__main__":
    sys.exit(main())
