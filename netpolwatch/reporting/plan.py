"""A plan of changes as text: each with its diff and its command."""

from rich.text import Text

from netpolwatch.doctor.facts import Setup, Unread
from netpolwatch.doctor.plan import Change, Plan, diff_of
from netpolwatch.reporting.printable import printable

_COLOURS = {"+": "green", "-": "red"}


def plan_lines(setup: Setup, plan: Plan) -> list[Text]:
    """Return the changes with their diffs, and what could not be planned."""
    lines = [_head(setup, plan), Text("")]
    for number, change in enumerate(plan.changes, start=1):
        lines += [*_change(number, change), Text("")]
    for unread in plan.unread:
        text = f"Not planned: {unread.action}: {unread.reason}"
        lines.append(Text(printable(text), style="magenta"))
    return lines


def recipe_hints(setup: Setup, plan: Plan) -> list[Text]:
    """Return the commands that print what AWS's API does not reach."""
    command = f"netpolwatch setup --cluster {setup.name}"
    hints = [f"{command} --apply    makes these changes, after a question"] if plan.changes else []
    if _is_self_managed(setup):
        hints += [f"{command} --print helm", f"{command} --print kubectl"]
    hints += [f"{command} --print fluent-bit", f"{command} --print configuration"]
    return [Text(printable(hint), style="cyan") for hint in hints]


def _head(setup: Setup, plan: Plan) -> Text:
    count = len(plan.changes)
    changes = "1 change" if count == 1 else f"{count or 'no'} changes"
    return Text.assemble((printable(setup.name), "bold"), f" ({setup.region}): {changes}")


def _change(number: int, change: Change) -> list[Text]:
    diff = [
        Text(f"     {printable(line)}", style=_COLOURS.get(line[:1], ""))
        for line in diff_of(change)
    ]
    command = Text(f"     {printable(change.command.run or '')}", style="cyan")
    return [Text(f"{number}. {change.title}", style="bold"), *diff, command]


def _is_self_managed(setup: Setup) -> bool:
    return not isinstance(setup.addon, Unread) and setup.addon.value is None
