"""Slack, by an incoming webhook or a bot's token; slack-sdk speaks its protocol.

With a token the end of a finding updates its message, and what follows stands in its thread.
"""

import json
from collections.abc import Callable
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener, install_opener

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse, WebClient
from slack_sdk.webhook import WebhookClient

from netpolwatch.aws.channels.telling import Telling
from netpolwatch.findings.channels import Delivered, Outcome, Refused, Retry
from netpolwatch.findings.notices import FindingNotice, Notice
from netpolwatch.reporting.printable import printable
from netpolwatch.reporting.slack import SlackMessage, slack_message

TIMEOUT_SECONDS: Final = 5
_BUSY: Final = 429
_BROKEN: Final = 500
_MAX_WHY_CHARS = 200
_MAX_RETRY_AFTER_S = 3600
_TRANSIENT: Final = frozenset({
    "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable",
    "request_timeout", "team_added_to_org",
})  # fmt: skip
_GONE: Final = frozenset({
    "message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found",
    "cannot_reply_to_message", "channel_not_found", "is_archived",
})  # fmt: skip
"""What Slack says of a message that cannot be updated or answered any longer."""


class SlackConfigError(ValueError):
    """The secret is neither a webhook's address nor a token with a channel."""


class Slack(Protocol):
    """One way to post; gives what came of it."""

    def post(self, message: SlackMessage, notice: Notice, reference: str | None) -> Outcome:
        """Post a message."""


class SlackChannel:
    """Slack as a channel."""

    name = "slack"

    def __init__(self, connect: Callable[[], Slack], telling: Telling) -> None:
        self._connect, self._telling = connect, telling

    def send(self, notice: Notice, notification: str, reference: str | None) -> Outcome:
        """Post a notice."""
        message = self._telling.message(self._telling.located(notice), notification)
        try:
            return self._connect().post(slack_message(message), notice, reference)
        except SlackConfigError as error:
            return Retry(str(error))
        except (OSError, SlackClientError, ValueError) as error:
            return Retry(printable(f"{type(error).__name__}: {error}", _MAX_WHY_CHARS))


def slack_of(secret: str, *, base_url: str = WebClient.BASE_URL) -> Slack:
    """Connect by a secret: a webhook's address, or JSON of `webhook` or of `token` and `channel`.

    Raises `SlackConfigError`.
    """
    fields = _fields(secret)
    _follow_no_redirects()
    webhook, token, channel = (fields.get(key, "") for key in ("webhook", "token", "channel"))
    if webhook:
        if urlsplit(webhook).scheme not in ("https", "http") or not urlsplit(webhook).hostname:
            raise SlackConfigError("the webhook's address is no URL")
        poster = WebhookClient(webhook, timeout=TIMEOUT_SECONDS)
        poster.proxy = None
        return _Webhook(poster)
    if token and channel:
        client = WebClient(token, base_url=base_url, timeout=TIMEOUT_SECONDS)
        client.proxy = None
        return _Bot(client, channel)
    raise SlackConfigError("the secret needs `webhook`, or `token` and `channel`")


def _fields(secret: str) -> dict[str, str]:
    if secret.strip().startswith("http"):
        return {"webhook": secret.strip()}
    try:
        found = json.loads(secret)
    except ValueError:
        raise SlackConfigError("the secret is no JSON and no address") from None
    if not isinstance(found, dict):
        raise SlackConfigError("the secret is no JSON object")
    return {str(key): value for key, value in found.items() if isinstance(value, str)}


class _Webhook:
    def __init__(self, client: WebhookClient) -> None:
        self._client = client

    def post(self, message: SlackMessage, notice: Notice, reference: str | None) -> Outcome:
        del notice, reference
        answer = self._client.send(text=message.text, attachments=message.attachments)
        if answer.status_code == 200:  # noqa: PLR2004  # OK
            return Delivered()
        return _outcome(answer.status_code, answer.body, dict(answer.headers))


class _Bot:
    def __init__(self, client: WebClient, channel: str) -> None:
        self._client, self._channel = client, channel

    def post(self, message: SlackMessage, notice: Notice, reference: str | None) -> Outcome:
        channel, _, sent = (reference or "").partition("/")
        reason = notice.reason if isinstance(notice, FindingNotice) else "opened"
        try:
            if reason == "opened" or not sent:
                return self._begin(message)
            return self._follow(message, reason, channel, sent)
        except SlackApiError as error:
            return self._refusal(error)

    def _begin(self, message: SlackMessage) -> Delivered:
        answer = self._put(message, self._channel)
        channel, sent = answer.get("channel"), answer.get("ts")
        return Delivered(f"{channel}/{sent}" if channel and sent else "")

    def _follow(self, message: SlackMessage, reason: str, channel: str, sent: str) -> Delivered:
        """Update the finding's message, or answer it; where somebody deleted it, tell it anew."""
        try:
            if reason == "resolved":
                self._client.chat_update(
                    channel=channel, ts=sent, text=message.text, attachments=message.attachments
                )
            else:
                self._put(message, channel, thread=sent)
        except SlackApiError as error:
            if _said(error) not in _GONE:
                raise
            return self._begin(message)
        return Delivered()

    def _put(self, message: SlackMessage, channel: str, thread: str | None = None) -> SlackResponse:
        return self._client.chat_postMessage(
            channel=channel, thread_ts=thread, text=message.text, attachments=message.attachments,
            mrkdwn=False, unfurl_links=False, unfurl_media=False,
        )  # fmt: skip

    def _refusal(self, error: SlackApiError) -> Outcome:
        response: Any = error.response
        status, headers, said = int(response.status_code), dict(response.headers), _said(error)
        if status == 200 and said in _TRANSIENT:  # noqa: PLR2004  # OK
            return Retry(said, _retry_after(headers))
        return _outcome(_BUSY if said == "ratelimited" else max(status, 400), said, headers)


def _said(error: SlackApiError) -> str:
    response: Any = error.response
    data: object = response.data
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def _outcome(status: int, said: str, headers: dict[str, str]) -> Retry | Refused:
    why = printable(f"{status} {said}", _MAX_WHY_CHARS)
    if status == _BUSY or status >= _BROKEN:
        return Retry(why, _retry_after(headers))
    return Refused(why)


def _retry_after(headers: dict[str, str]) -> int | None:
    for name, value in headers.items():
        if name.lower() == "retry-after":
            seconds = value.strip("[]'\" ")
            if seconds.isdecimal():
                return min(int(seconds), _MAX_RETRY_AFTER_S) * 1000
    return None


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, req: Request, *_: Any, **__: Any) -> None:  # noqa: ANN401  # urllib's own
        """Give no request: the answer itself, a refusal, comes back."""
        del req


def _follow_no_redirects() -> None:
    # slack-sdk opens addresses with urllib's own opener, which would carry a message, and a bot's
    # token with it, on to whatever host an answer names. Where the environment names a proxy it
    # builds another opener for each request, so its clients are told of none: this opener goes by
    # the environment's proxies itself.
    install_opener(build_opener(_NoRedirects))
