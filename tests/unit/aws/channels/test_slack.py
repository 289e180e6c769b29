"""Slack against a server that answers as Slack does, and as it should not."""

import json
from collections.abc import Callable

import pytest

from netpolwatch.aws.channels import slack as slack_channel
from netpolwatch.aws.channels.slack import SlackChannel, SlackConfigError, slack_of
from netpolwatch.aws.channels.telling import Telling
from netpolwatch.findings.channels import Delivered, Refused, Retry
from netpolwatch.findings.notices import FindingNotice, Reason
from tests.unit.aws.channels.http_server import Answer, Server, serving
from tests.unit.findings.making import finding

TELLING = Telling("123456789012", "eu-central-1", "netpolwatch", {})


def notice(reason: Reason = "opened") -> FindingNotice:
    status = "resolved" if reason == "resolved" else "open"
    return FindingNotice(reason=reason, finding=finding(status=status))


def webhook(server: Server) -> SlackChannel:
    return SlackChannel(lambda: slack_of(f"{server.url}/services/T/B/x"), TELLING)


def bot(server: Server) -> SlackChannel:
    secret = json.dumps({"token": "xoxb-1", "channel": "C1"})
    return SlackChannel(lambda: slack_of(secret, base_url=f"{server.url}/api/"), TELLING)


def test_a_webhook_takes_a_message() -> None:
    with serving(Answer()) as server:
        assert webhook(server).send(notice(), "n1", None) == Delivered()
    ((path, sent),) = server.got
    assert path == "/services/T/B/x"
    assert sent["text"].startswith("[HIGH] retail-prod")
    assert sent["attachments"][0]["color"] == "#d9480f"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(429, "", {"Retry-After": "30"}), Retry("429 ", 30_000)),
        (Answer(429, ""), Retry("429 ", None)),
        (Answer(500, "oops"), Retry("500 oops", None)),
        (Answer(503, "later", {"Retry-After": "soon"}), Retry("503 later", None)),
        (Answer(403, "invalid_token"), Refused("403 invalid_token")),
        (Answer(404, "no_service"), Refused("404 no_service")),
    ],
)
def test_what_slack_answers_decides(answer: Answer, outcome: Retry | Refused) -> None:
    with serving(answer) as server:
        assert webhook(server).send(notice(), "n1", None) == outcome


def test_after_the_last_429_nothing_was_delivered() -> None:
    # given a channel that is busy for ever: elsewhere the last of its answers was taken for success
    with serving(Answer(429, "", {"Retry-After": "1"})) as server:
        outcomes = [webhook(server).send(notice(), "n1", None) for _ in range(5)]
    assert outcomes == [Retry("429 ", 1_000)] * 5


def test_a_redirect_is_never_followed() -> None:
    # given an answer that names another host
    with (
        serving(Answer()) as other,
        serving(Answer(302, "", {"Location": f"{other.url}/steal"})) as server,
    ):
        outcome = webhook(server).send(notice(), "n1", None)
    # then
    assert outcome == Refused("302 ")
    assert (len(server.got), other.got) == (1, [])


@pytest.mark.parametrize("connect", [webhook, bot])
def test_a_proxy_is_used_and_its_redirect_is_never_followed(
    monkeypatch: pytest.MonkeyPatch, connect: Callable[[Server], SlackChannel]
) -> None:
    # given a proxy in the environment, for which slack-sdk builds an opener of its own
    with (
        serving(Answer()) as server,
        serving(Answer(302, "", {"Location": "http://127.0.0.1:9/steal"}), Answer()) as proxy,
    ):
        for name in ("http_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        outcome = connect(server).send(notice(), "n1", None)
    # then it was asked once, and nothing was delivered
    assert isinstance(outcome, Refused)
    ((path, _),) = proxy.got
    assert path.startswith(server.url)
    assert server.got == []


def test_a_server_that_does_not_answer_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_channel, "TIMEOUT_SECONDS", 0.2)
    with serving(Answer(delay=0.6)) as server:
        outcome = webhook(server).send(notice(), "n1", None)
    assert isinstance(outcome, Retry)


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with serving(Answer()) as server:
        pass
    assert isinstance(webhook(server).send(notice(), "n1", None), Retry)


POSTED = Answer(body='{"ok":true,"channel":"C1","ts":"171.5"}')


def test_a_bots_message_has_a_name_and_its_end_updates_it() -> None:
    with serving(POSTED) as server:
        channel = bot(server)
        assert channel.send(notice(), "n1", None) == Delivered("C1/171.5")
        # What follows stands in its thread, and its end in its place.
        assert channel.send(notice("repeated"), "n2", "C1/171.5") == Delivered()
        assert channel.send(notice("resolved"), "n3", "C1/171.5") == Delivered()
        # A new episode is a new message.
        assert channel.send(notice(), "n4", "C1/171.5") == Delivered("C1/171.5")
    paths = [path for path, _ in server.got]
    assert paths == ["/api/chat.postMessage", "/api/chat.postMessage", "/api/chat.update",
                     "/api/chat.postMessage"]  # fmt: skip
    assert server.got[1][1]["thread_ts"] == "171.5"
    assert server.got[2][1]["ts"] == "171.5"
    assert "thread_ts" not in server.got[3][1]
    assert server.got[0][1]["mrkdwn"] is False


@pytest.mark.parametrize(
    ("reason", "method", "error"),
    [
        ("resolved", "chat.update", "message_not_found"),
        ("resolved", "chat.update", "edit_window_closed"),
        ("repeated", "chat.postMessage", "thread_not_found"),
    ],
)
def test_what_follows_a_deleted_message_is_told_anew(
    reason: Reason, method: str, error: str
) -> None:
    gone = Answer(body=json.dumps({"ok": False, "error": error}))
    with serving(gone, POSTED) as server:
        assert bot(server).send(notice(reason), "n2", "C9/170.1") == Delivered("C1/171.5")
    first, second = server.got
    assert (first[0], first[1]["channel"]) == (f"/api/{method}", "C9")
    assert (second[0], second[1]["channel"]) == ("/api/chat.postMessage", "C1")
    assert "thread_ts" not in second[1]


def test_an_answer_without_a_name_leaves_none() -> None:
    with serving(Answer(body='{"ok":true}')) as server:
        assert bot(server).send(notice(), "n1", None) == Delivered("")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(body='{"ok":false,"error":"channel_not_found"}'), Refused),
        (Answer(body='{"ok":false,"error":"internal_error"}'), Retry),
        (Answer(429, '{"ok":false,"error":"ratelimited"}', {"Retry-After": "7"}), Retry),
        (Answer(500, "no json"), Retry),
    ],
)
def test_what_the_api_answers_decides(answer: Answer, kind: type) -> None:
    with serving(answer) as server:
        outcome = bot(server).send(notice(), "n1", None)
    assert isinstance(outcome, kind)
    if answer.status == 429:
        assert outcome == Retry("429 ratelimited", 7_000)


@pytest.mark.parametrize(
    "secret", ["", "{", "[]", '{"token":"x"}', '{"channel":"C1"}', "ftp://x", "http://"]
)
def test_a_secret_that_is_none_says_so(secret: str) -> None:
    with pytest.raises(SlackConfigError):
        slack_of(secret)
    outcome = SlackChannel(lambda: slack_of(secret), TELLING).send(notice(), "n1", None)
    # It may be mended before the day is over.
    assert isinstance(outcome, Retry)
