"""Judgement by objects in the place that the window keeps for it."""

import msgspec

from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.verdicts.attribution.judgement import ObjectJudge


class ByObjects:
    """Overrules what a DENY's line and neighbours say, where the policies of its time are known."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._judge = ObjectJudge(knowledge)

    def overrule(self, flow: Flow, _moment: int, judgement: Judgement) -> Judgement | None:
        """Judge a DENY by policies and pods; `None` where they leave it open."""
        judged = self._judge.judge(msgspec.structs.replace(flow, judgement=judgement)).judgement
        return None if judged is judgement else judged
