"""One verdict, judged by objects: the only place where a DENY's disposition is decided by them.

`analyze`, `explain` and the deployed judge ask it, so that one line gets one verdict everywhere.
"""

import msgspec

from netpolwatch.flows.model import Contest, DecidingPod, Flow, Judgement, PoliciesSay, Since
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.identity.model import claimants
from netpolwatch.kubernetes.policy.spec import Direction
from netpolwatch.verdicts.attribution.case import Case
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.judging import NODES_OWN, PEER_UNKNOWN
from netpolwatch.verdicts.attribution.since import since
from netpolwatch.verdicts.attribution.since_sentence import since_sentence
from netpolwatch.verdicts.disposition import NOT_BY_POLICIES, is_client_port
from netpolwatch.verdicts.disposition import judge as judge_line


class ObjectJudgement(msgspec.Struct, frozen=True):
    """What is to be said of one verdict, with all that a finding needs.

    Attributes
    ----------
    judgement
        By objects, or the line's own where they leave it open; `None` of an ACCEPT.
    explanation
        Who, which policies, the rule that lacks least, since when; its disposition is the
        judgement's.
    """

    judgement: Judgement | None
    explanation: Explanation

    @property
    def since(self) -> Since | None:
        """The change since which policies decide so, where one is known."""
        return self.explanation.since


class ObjectJudge:
    """Judges verdicts by what is known of one cluster; does no I/O."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._explainer = Explainer(knowledge)

    def judge(self, flow: Flow) -> ObjectJudgement:
        """Judge one verdict.

        `flow.judgement` is what its line and its neighbours say; without, the line is judged first.
        """
        told = self._explainer.explain(flow)
        if told.disposition is None or told.confidence is None:
            return ObjectJudgement(None, told)
        by_line = flow.judgement or judge_line(flow)
        if not self._knowledge.knows_pods:
            # Nothing is known of the cluster: then the line has a word, and nothing explains it.
            return ObjectJudgement(by_line, told)
        judgement = self._judge(told, by_line)
        return ObjectJudgement(judgement, _agreeing(told, judgement))

    def _judge(self, told: Explanation, by_line: Judgement) -> Judgement:
        if told.disposition is None or told.confidence is None:
            return by_line
        contest = _contest(told)
        reasons = (told.sentence, *by_line.reasons)
        if contest is not None:
            return Judgement(by_line.disposition, "low", reasons, contest=contest)
        if _leaves_open(told, by_line):
            return by_line
        asks = told.why == NODES_OWN and is_client_port(told.flow.source_port)
        policies = self._policies_say(told)
        return Judgement(
            told.disposition,
            told.confidence,
            reasons,
            "its-node" if asks else None,
            policies,
            since=self._since(told, policies),
            decider=_decider(told),
        )

    def _since(self, told: Explanation, policies: PoliciesSay | None) -> Since | None:
        direction = _known_side(told)
        if direction is None or told.flow.tier in NOT_BY_POLICIES:
            return None
        if told.why == PEER_UNKNOWN:
            # What the agent did wrong before is likelier than what an unknown pod's policies say.
            found = since(told, direction, self._knowledge)
            return found if found and found.effect in ("deselected", "egress-lost") else None
        is_decided = told.disposition == "violation" or policies == "allow"
        return since(told, direction, self._knowledge) if is_decided else None

    def _policies_say(self, told: Explanation) -> PoliciesSay | None:
        if told.flow.tier in NOT_BY_POLICIES:
            return None
        if told.disposition == "unknown":
            return "unknown"
        if told.disposition == "violation":
            return "allow-behind" if self._allow_behind(told) else None
        is_wrong = told.disposition == "agent-state" and told.why != NODES_OWN
        return "allow" if is_wrong and not self._explainer.is_answer(told) else None

    def _allow_behind(self, told: Explanation) -> bool:
        """Whether policies allow a pod behind the Service whose address they deny."""
        if told.direction != "egress" or not told.isolating or told.as_of is None:
            return False
        case = Case(self._knowledge, told.flow, told.source, told.destination, told.as_of)
        return case.allowed_behind() is not None


def _leaves_open(told: Explanation, by_line: Judgement) -> bool:
    """Whether the line's word stands: nothing was consulted, or objects are unsure of another.

    A violation that only ports tell of is not one where it is not known what policies say.
    """
    if told.flow.tier == "ERROR" or by_line.disposition == "noise":
        return True
    if told.confidence != "low" or told.disposition == by_line.disposition:
        return False
    return not (told.disposition == "unknown" and by_line.disposition == "violation")


def _agreeing(told: Explanation, judgement: Judgement) -> Explanation:
    """Return the explanation with the disposition that stands; the sentence says if it differs."""
    sentence = told.sentence
    if told.disposition != judgement.disposition:
        sentence += f"; by its line alone it is {judgement.disposition}"
    if judgement.since is not None:
        sentence += f". Change: {since_sentence(judgement.since, told.as_of or 0)}"
    return msgspec.structs.replace(
        told,
        disposition=judgement.disposition,
        confidence=judgement.confidence,
        sentence=sentence,
        since=judgement.since,
    )


def _contest(told: Explanation) -> Contest | None:
    for end in (told.source, told.destination):
        if end.contested_by and end.address is not None:
            return Contest(end.address, claimants(end))
    return None


def _known_side(told: Explanation) -> Direction | None:
    """Return at whose end the verdict fell; beside an unknown peer, at which it is known to."""
    if told.why != PEER_UNKNOWN:
        return told.direction
    return "egress" if told.source.kind == "pod" else "ingress"


def _decider(told: Explanation) -> DecidingPod | None:
    end = told.source if _known_side(told) == "egress" else told.destination
    if end.kind != "pod" or end.namespace is None or end.name is None:
        return None
    return DecidingPod(end.namespace, end.name, end.workload.name if end.workload else end.name)
