"""A notice cut until it fits its channel; what a table loses is counted, never forgotten."""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from netpolwatch.findings.notices import DigestNotice, FindingNotice, Notice, TestNotice


def fitting(notice: Notice, write: Callable[[Notice], bytes], limit: int) -> str:
    """Write a notice within `limit` bytes of UTF-8, cut by as little as that takes.

    A finding loses evidence, then who its ends are; a table loses rows, a digest its silences too.
    The shortest form is given even where it is too long.
    """
    text = b""
    for shorter in _ever_shorter(notice):
        text = write(shorter)
        if len(text) <= limit:
            break
    return text.decode()


def _ever_shorter(notice: Notice) -> Iterator[Notice]:
    yield notice
    if isinstance(notice, FindingNotice):
        yield from _without_evidence(notice)
    elif not isinstance(notice, TestNotice):
        if isinstance(notice, DigestNotice) and notice.silences:
            notice = replace(notice, silences=())
            yield notice
        while notice.rows:
            kept = notice.rows[: len(notice.rows) // 2]
            more = notice.more + len(notice.rows) - len(kept)
            notice = replace(notice, rows=kept, more=more)
            yield notice


def _without_evidence(notice: FindingNotice) -> Iterator[FindingNotice]:
    finding = notice.finding
    while finding.evidence:
        finding = replace(finding, evidence=finding.evidence[: len(finding.evidence) // 2])
        yield replace(notice, finding=finding)
    yield replace(notice, finding=replace(finding, identities=(), policies=(), judged=None))
