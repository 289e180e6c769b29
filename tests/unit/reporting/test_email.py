"""A finding as an e-mail: readable at night, safe whatever the logs say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.default import default_entries
from netpolwatch.findings.model import Evidence, Finding, Links, Subject
from netpolwatch.reporting.email import email_body, email_subject, subject_line
from netpolwatch.reporting.links import dashboard_link, logs_insights_link
from tests.unit.findings.making import LOG_GROUP, LOG_STREAM, finding
from tests.unit.reporting.golden import assert_golden

NOTIFICATION = "9c1185a5c5e9fc54612808977ee8f548"
ISSUE = next(entry for entry in default_entries() if entry.id == "npa-link-not-found")
UNBOUNDED = ("   $ ", "Logs ", "Dashboard ", "Read more ")
HOSTILE = "\x1b[2J\r\nFrom: root\u202e\x00\u2028\u200b [red]<b>"


def text(told: Finding) -> str:
    return email_body(told, "The agent wants to attach to what is not there.", NOTIFICATION)


def test_an_email_of_a_deployment() -> None:
    told = finding(
        remedy=ISSUE.remedy,
        links=Links(
            logs_insights=logs_insights_link("eu-central-1", LOG_GROUP, LOG_STREAM),
            dashboard=dashboard_link("eu-central-1", "netpolwatch"),
        ),
    )
    whole = f"Subject: {email_subject(told)}\n\n{email_body(told, ISSUE.summary, NOTIFICATION)}"
    assert_golden("email.txt", whole)


def test_an_email_that_knows_little() -> None:
    told = finding(
        cluster=None, subject={}, status="ongoing", count=1, first_seen=None, last_seen=None,
        evidence=(), affected_versions=None, fixed_in=None, links=Links(), severity="low",
    )  # fmt: skip
    assert_golden("email-of-little.txt", f"Subject: {email_subject(told)}\n\n{text(told)}")


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        ({"node": "ip-10-0-1-9.ec2.internal"}, "node ip-10-0-1-9.ec2.internal"),
        ({"node": None}, "node unknown"),
        ({"node": ""}, "node "),
        ({"source": "10.0.1.44", "port": 53}, "source 10.0.1.44, port 53"),
        ({}, "the whole cluster"),
        ({"source": "other", "port": "other"}, "every other source, port"),
        ({"user": "a\nb"}, "user a\\nb"),
    ],
)
def test_a_subject_is_one_line(subject: Subject, line: str) -> None:
    assert subject_line(finding(subject=subject)) == line


_texts = st.text(st.characters(codec=None), max_size=300) | st.just(HOSTILE)


@given(
    title=_texts,
    subject=st.dictionaries(st.just("node"), st.none() | st.integers() | _texts, max_size=1),
    cluster=st.none() | _texts,
)
def test_a_subject_is_what_sns_takes(title: str, subject: Subject, cluster: str | None) -> None:
    line = email_subject(finding(title=title, subject=subject, cluster=cluster))
    assert line.isascii()
    assert line.isprintable()
    assert line.startswith("[HIGH] ")
    assert len(line) < 100


@given(value=_texts, stream=_texts, log=_texts)
def test_hostile_text_makes_no_line_of_its_own(value: str, stream: str, log: str) -> None:
    told = finding(subject={"node": value}, evidence=(Evidence(None, "g", stream, log),))
    lines = text(told).split("\n")
    assert all(not line or line.isprintable() for line in lines)
    assert all(len(line) <= 72 for line in lines if not line.startswith(UNBOUNDED))
    # What a reader takes for ours begins at the margin; log text never does.
    assert [line for line in lines if line.startswith(("From:", "Subject:", "notification"))] == [
        f"notification {NOTIFICATION}"
    ]


def test_an_address_in_log_text_is_no_link() -> None:
    evidence = Evidence(None, "group", "stream", "see https://evil.example and www.evil.example")
    shown = text(finding(evidence=(evidence,), subject={"node": "http://evil.example"}))
    assert "https[:]//evil.example and www[.]evil.example" in shown
    assert "node http[:]//evil.example" in shown
    assert "Read more   https://docs.aws.amazon.com/" in shown
