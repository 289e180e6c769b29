"""Stories of one node: every pattern of a spurious DENY that a window can see, and its doubles."""

from tests.unit.verdicts.window.scenes import (
    API,
    DB,
    DNS,
    POD,
    Label,
    Packet,
    Story,
    again,
    attached,
    back,
    cleaned,
    deleted,
    failed,
    kept,
    raw_deleted,
    standard,
    started,
    strict,
)

SECOND, MINUTE = 1000, 60_000


def ask(at: int, sport: int = 43322, verdict: str = "ACCEPT", port: int = 443) -> Packet:
    """Make a pod's request."""
    label: Label = "accept" if verdict == "ACCEPT" else "genuine"
    return Packet(at, label, (POD, sport), (API, port), verdict)


_HIGH = Packet(0, "accept", (POD, 45_000), (DB, 50_051), "ACCEPT")
_DNS = Packet(0, "accept", (POD, 43_000), (DNS, 53), "ACCEPT", "UDP")
_PEERS = Packet(0, "accept", (POD, 43_400), ("10.0.1.45", 8080), "ACCEPT")
_LATE = Packet(10 * SECOND, "spurious", (POD, 43_500), (DB, 8080))
_LASTING = Packet(10 * SECOND, "genuine", (POD, 43_600), (DB, 8080))
_EARLY = Packet(100, "spurious", (POD, 43_700), (DNS, 53), "DENY", "UDP", "DEFAULT")
_ERROR = Packet(500, "state-missing", (POD, 43_800), (DB, 443), tier="ERROR")

STORIES = (
    Story(
        "1-an-answer-overtakes-the-agent",
        [back(ask(0), 0, "spurious"), ask(48), *again(ask(5 * SECOND, 40_001, "DENY", 25), 1000)],
    ),
    Story(
        "1-a-pods-start",
        [
            attached(0),
            *again(back(ask(0), 50, "spurious"), 200, 410, 830),
            back(_DNS, 60, "spurious"),
            ask(5100, 43_323),
            *again(ask(7 * SECOND, 43_324, "DENY", 25), 1000, 2000),
        ],
    ),
    Story(
        "2-clean-up-deletes-a-live-connection",
        [
            ask(0),
            cleaned(300 * SECOND),
            deleted(600 * SECOND, ask(0)),
            cleaned(600 * SECOND + 10),
            *again(back(ask(0), 600 * SECOND + 60, "spurious"), 200, 410, 830),
            ask(602 * SECOND, 43_900, "DENY", 25),
        ],
    ),
    Story(
        "2-clean-up-of-the-oldest-agents",
        [
            raw_deleted(0, ask(0)),
            *again(back(ask(0), 90, "spurious"), 200),
            ask(2 * SECOND, 43_900, "DENY", 25),
        ],
    ),
    Story(
        "2-a-server-port-that-no-list-knows",
        [
            _HIGH,
            deleted(600 * SECOND, _HIGH),
            *again(back(_HIGH, 600 * SECOND + 60, "spurious"), 200, 410, 830),
        ],
    ),
    Story(
        "2-clusters-without-any-other-line",
        [
            back(
                ask(0, 43_000 + cycle * 10 + number), cycle * 300 * SECOND + number * 90, "spurious"
            )
            for cycle in range(4)
            for number in range(3)
        ],
    ),
    Story(
        "3-pods-of-one-node",
        [_PEERS, _PEERS, *again(back(_PEERS, 1, "spurious"), 210, 420)],
    ),
    Story(
        "3-an-answer-hours-later", [_HIGH, back(_HIGH, 5 * 60 * MINUTE, "spurious")], "ambiguous"
    ),
    Story(
        "6-tier-error-after-a-map-failure",
        [
            failed(0),
            *again(_ERROR, 1000, 2000),
            back(_ERROR, 900, "state-missing"),
        ],
    ),
    Story(
        "6-a-map-failure-without-tiers",
        [
            failed(0, "cannot allocate memory"),
            *again(ask(3 * SECOND, 43_322, "DENY")._replace(label="state-missing"), 1000, 2000),
            *again(ask(300 * SECOND, 43_400, "DENY", 25), 1000, 2000),
        ],
    ),
    Story(
        "7-late-policies-the-same-packet",
        [*again(_LATE, 1000, 2000), _LATE._replace(at=17_000, verdict="ACCEPT", label="accept")],
        "genuine",
    ),
    Story(
        "7-late-policies-the-next-attempt",
        [
            *again(_LATE, 1000, 2000),
            _LATE._replace(at=20_000, verdict="ACCEPT", label="accept", source=(POD, 43_501)),
        ],
        "genuine",
    ),
    Story("7-a-policy-that-stays", [*again(_LASTING, 1000, 2000, 4000, 8000)]),
    Story(
        "7-accepted-out-and-denied-in-on-one-node",
        [
            _LASTING._replace(verdict="ACCEPT", label="accept"),
            *again(_LASTING._replace(at=10_001), 1000, 2000),
            _LASTING._replace(at=20_000, source=(POD, 43_601), verdict="ACCEPT", label="accept"),
            _LASTING._replace(at=20_001, source=(POD, 43_601)),
        ],
    ),
    Story("10-strict-modes-start", [attached(0), strict(20), *again(_EARLY, 1000, 2000)]),
    Story(
        "10-the-policy-goes-on-after-the-start",
        [attached(0), strict(20), *again(ask(2000, 43_322, "DENY", 25), 1000, 2000, 4000, 8000)],
    ),
    Story(
        "10-standard-mode-has-no-such-start",
        [attached(0), standard(10), *again(ask(1000, 43_322, "DENY", 25), 1000)],
    ),
    Story(
        "10-a-pass-over-pods-that-were-there",
        [attached(0), kept(5), *again(ask(1000, 43_322, "DENY", 25), 1000)],
    ),
    Story("10-the-agents-restart", [started(0), *again(_EARLY._replace(at=3000), 1000)]),
    Story(
        "5-multicast-at-a-start",
        [
            attached(0),
            Packet(30, "spurious", ("10.0.1.44", 0), ("224.0.0.22", 0), "DENY", "UNKNOWN", "ERROR"),
        ],
    ),
    Story(
        "both-ends-speak-from-one-port",
        [
            Packet(0, "accept", ("10.0.1.40", 53), ("10.0.1.41", 53), "ACCEPT", "UDP"),
            Packet(9000, "ambiguous", ("10.0.1.41", 53), ("10.0.1.40", 53), "DENY", "UDP"),
        ],
    ),
    Story(
        "an-accepted-answer-excuses-no-question",
        [back(ask(0), 0, "accept", "ACCEPT"), *again(ask(2000, 43_322, "DENY"), 1000, 2000)],
    ),
    Story(
        "other-tuples-excuse-nothing",
        [
            ask(0),
            deleted(1000, ask(0)),
            *again(Packet(1100, "genuine", (DB, 50_000), (POD, 8080)), 1000, 2000),
        ],
    ),
)
