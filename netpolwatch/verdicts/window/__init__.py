"""Judgement of a DENY from the neighbourhood of its line: bounded state, per node, no clock."""

from netpolwatch.verdicts.window.doubt import Drops
from netpolwatch.verdicts.window.window import Policies, Window

__all__ = ["Drops", "Policies", "Window"]
