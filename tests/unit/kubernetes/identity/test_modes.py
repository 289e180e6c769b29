"""Which mode a node had, as of a time."""

from itertools import permutations

from netpolwatch.kubernetes.facts import EnforcingModeSeen
from netpolwatch.kubernetes.identity import Knowledge

_MINUTE_MS = 60_000


def said(
    minute: int, *, strict: bool, node: str | None = None, changed: bool = False
) -> EnforcingModeSeen:
    return EnforcingModeSeen(
        strict=strict, node=node, changed=changed, at_us=minute * _MINUTE_MS * 1000, source="test"
    )


def knowing(*facts: EnforcingModeSeen) -> Knowledge:
    known = Knowledge()
    known.learn(facts)
    return known


def modes(known: Knowledge, node: str | None, *minutes: int) -> list[bool | None]:
    return [known.denies_unselected(node, minute * _MINUTE_MS) for minute in minutes]


def test_nobody_said_anything() -> None:
    assert modes(knowing(), "a", 5) == [None]


def test_what_was_said_first_held_before() -> None:
    assert modes(knowing(said(10, strict=True)), "a", 5, 10, 500) == [True, True, True]


def test_a_change_of_the_daemonset_comes_to_its_nodes_one_after_the_other() -> None:
    known = knowing(
        said(0, strict=False), said(60, strict=True, changed=True), said(63, strict=True, node="a")
    )
    assert modes(known, "a", 59, 61, 63) == [False, None, True]
    assert modes(known, "b", 59, 61, 63, 76) == [False, None, None, True]


def test_a_change_that_comes_first_says_nothing_of_the_time_before_it() -> None:
    known = knowing(said(60, strict=True, changed=True), said(63, strict=True, node="a"))
    assert modes(known, "a", 59, 61, 64) == [None, None, True]
    assert modes(known, "b", 59, 61, 76) == [None, None, True]


def test_a_nodes_own_word_goes_before_a_change_that_has_not_come_to_it() -> None:
    known = knowing(said(0, strict=False, node="a"), said(60, strict=True, changed=True))
    assert modes(known, "a", 59, 500) == [False, None]


def test_another_nodes_mode_says_nothing_of_this_one() -> None:
    known = knowing(said(0, strict=True, node="a"))
    assert modes(known, "b", 5) == [None]


def test_a_verdict_of_no_known_node_has_the_mode_of_all_where_they_agree() -> None:
    agreeing = said(0, strict=True, node="a"), said(1, strict=True, node="b")
    assert modes(knowing(*agreeing), None, 5) == [True]
    assert modes(knowing(*agreeing, said(2, strict=False, node="c")), None, 5) == [None]


def test_the_order_of_delivery_changes_no_answer() -> None:
    facts = (said(0, strict=False), said(30, strict=True), said(31, strict=True, node="a"),
             said(90, strict=False, node="a"))  # fmt: skip
    answers = [modes(knowing(*order), "a", -5, 5, 30, 31, 89, 90) for order in permutations(facts)]
    assert answers == [answers[0]] * len(answers)
