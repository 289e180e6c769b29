"""Policies by what they select: only speed, never another answer."""

from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.kubernetes.policy.index import PolicyIndex
from netpolwatch.kubernetes.policy.labels import Requirement, Selector
from netpolwatch.kubernetes.policy.spec import NetworkPolicy

LABELS = st.dictionaries(st.sampled_from(["app", "tier", "team"]), st.sampled_from("abc"))
REQUIREMENTS = st.builds(
    Requirement,
    st.sampled_from(["app", "tier"]),
    st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]),
    st.just(("a", "b")),
)
SELECTORS = st.builds(Selector, LABELS, st.lists(REQUIREMENTS, max_size=2).map(tuple))


def policies(selectors: list[Selector]) -> list[NetworkPolicy]:
    return [
        NetworkPolicy("shop", f"policy-{number}", selector, ("ingress",))
        for number, selector in enumerate(selectors)
    ]


@given(st.lists(SELECTORS, max_size=12), LABELS)
def test_given_labels_when_asked_then_every_policy_that_selects_them_is_there_in_order(
    selectors: list[Selector], labels: dict[str, str]
) -> None:
    every = policies(selectors)
    offered = PolicyIndex(every).may_select(labels)
    selecting = [policy for policy in every if policy.pod_selector.matches(labels)]
    assert [policy for policy in offered if policy.pod_selector.matches(labels)] == selecting
    assert list(offered) == [policy for policy in every if policy in offered]


@given(st.lists(SELECTORS, max_size=12))
def test_given_a_pod_without_known_labels_when_asked_then_every_policy_may_select_it(
    selectors: list[Selector],
) -> None:
    every = policies(selectors)
    assert list(PolicyIndex(every).may_select(None)) == every


def test_given_other_labels_when_asked_then_a_policy_is_left_out() -> None:
    web, everybody = policies([Selector({"app": "web"}), Selector()])
    assert list(PolicyIndex([web, everybody]).may_select({"app": "cart"})) == [everybody]
