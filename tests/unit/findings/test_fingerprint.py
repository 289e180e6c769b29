"""The same fault has the same name in every run, container and laptop."""

import pytest

from netpolwatch.findings.fingerprint import batch_key, finding_id, notification_id
from netpolwatch.findings.model import Subject

CONVERSATION: Subject = {
    "source": "10.0.1.44", "destination": "172.20.0.10", "port": 53, "protocol": "UDP",
}  # fmt: skip


# Golden: users have tickets and silences under these names. A change here breaks them all.
@pytest.mark.parametrize(
    ("issue", "cluster", "subject", "expected"),
    [
        ("npa-link-not-found", "prod", {"node": "ip-10-0-1-9"}, "0d63c2b3d67192af6f01588909c4b7a7"),
        ("denied-conversation", "prod", CONVERSATION, "5bc4f50fc7d360650e952ea36dc2d9db"),
        ("npa-panic", None, {"node": None}, "3a3e8a8c88cca3ae66c91aec5ffc8f24"),
        ("insufficient-pod-eni", "prod", {}, "d293f0159dcf94e9e3094bd045920803"),
        (
            "insufficient-pod-eni",
            "prod",
            {"namespace": "gr\u00fcn"},
            "9def399ad01e89a59dd3549b166af9b6",
        ),
    ],
)
def test_a_findings_name_never_changes(
    issue: str, cluster: str | None, subject: Subject, expected: str
) -> None:
    assert finding_id(issue, cluster, subject) == expected


def test_names_of_notifications_and_batches_never_change() -> None:
    assert notification_id("4f2d5f0f", 1, 1) == "bfee8127ac6948399ed04dfdaa5c20b1"
    assert (
        batch_key("/aws/eks/prod/cluster", "stream", ["1", "2"])
        == "518d3ca227ecdeb6d3700183c07bb937"
    )


@pytest.mark.parametrize(
    "same",
    [
        dict(reversed(CONVERSATION.items())),
        CONVERSATION | {"port": "53"},
    ],
    ids=["other key order", "port as text"],
)
def test_what_is_the_same_subject_has_the_same_name(same: Subject) -> None:
    assert finding_id("i", "c", same) == finding_id("i", "c", CONVERSATION)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("i", "c", {"node": None}), ("i", "c", {"node": "None"})),
        (("i", "c", {"node": ""}), ("i", "c", {"node": None})),
        (("i", None, {}), ("i", "None", {})),
        (("i", "c", {"a": "1", "b": "2"}), ("i", "c", {"a": "2", "b": "1"})),
        (("i", "c", {"a": 'x","b'}), ("i", "c", {"a": "x", "b": ""})),
        (("ic", "", {}), ("i", "c", {})),
    ],
)
def test_what_differs_has_another_name(
    one: tuple[str, str | None, Subject], other: tuple[str, str | None, Subject]
) -> None:
    assert finding_id(*one) != finding_id(*other)


@pytest.mark.parametrize(
    "other",
    [
        ("group", "stream", ["2", "1"]),
        ("group", "stream", ["12"]),
        ("group", "stream", ["1"]),
        ("group", "other", ["1", "2"]),
        ("other", "stream", ["1", "2"]),
        ("group", "stream1", ["2"]),
    ],
)
def test_another_payload_has_another_key(other: tuple[str, str, list[str]]) -> None:
    assert batch_key(*other) != batch_key("group", "stream", ["1", "2"])


def test_every_telling_of_every_episode_has_its_own_name() -> None:
    names = {notification_id("4f2d", episode, n) for episode in (1, 2, 11) for n in (1, 2, 11)}
    assert len(names) == 9
