"""Every story, in every form, told in every way, is judged as its labels say."""

import pytest

from netpolwatch import Analyzer
from tests.unit.analysis.running import parsed
from tests.unit.verdicts.window.scenes import ERAS, TELLERS, Era, Story, Teller, as_plain
from tests.unit.verdicts.window.stories import STORIES

SPURIOUS = ("reply", "noise", "agent-state")
DISPOSITIONS = {
    "genuine": ("violation", "unknown"),
    "spurious": SPURIOUS,
    "state-missing": ("agent-state",),
    "ambiguous": ("violation", "unknown", *SPURIOUS),
}
NEEDS_TIME = ("6-a-map-failure-without-tiers", "cloudwatch", as_plain)
"""How long after the failure the drops are is the whole story, and plain lines do not tell it."""


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer()


@pytest.mark.parametrize(
    ("story", "era", "teller"),
    [
        pytest.param(story, era, teller, id=f"{story.name}-{era}-{teller.__name__}")
        for story in STORIES
        for era in ERAS
        for teller in TELLERS
        # Order does not stand in for a distance in time.
        if (story.name, era, teller) != NEEDS_TIME
    ],
)
def test_a_story_is_judged_as_its_labels_say(
    story: Story, era: Era, teller: Teller, analyzer: Analyzer
) -> None:
    # given
    lines = teller(story, era)
    # when
    found = parsed([line for line, _ in lines], analyzer)
    # then
    assert [one["line"] for one in found] == list(range(1, len(lines) + 1))
    for one, (_, label) in zip(found, lines, strict=True):
        if label == "accept":
            assert one["verdict"] == "ACCEPT"
        elif label in DISPOSITIONS:
            assert one["disposition"] in DISPOSITIONS[label], (label, one)
            assert not (label == "ambiguous" and one["confidence"] == "high"), one
        else:
            assert one["kind"] != "flow"


@pytest.mark.parametrize("era", ERAS)
def test_a_delete_or_an_accept_pins_an_answer(era: Era, analyzer: Analyzer) -> None:
    for story in (one for one in STORIES if one.name.startswith(("2-clean", "2-a-server", "3-"))):
        lines = as_plain(story, era)
        found = parsed([line for line, _ in lines], analyzer)
        judged = {one["confidence"] for one in found if one.get("disposition") == "reply"}
        assert judged == {"high"} or era == "cloudwatch", story.name
