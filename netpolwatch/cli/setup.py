"""`netpolwatch setup`: the changes that a cluster needs, and with `--apply` made."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from netpolwatch.cli.doctor import ClusterName, setup_of
from netpolwatch.cli.endings import InputError
from netpolwatch.cli.output import print_lines
from netpolwatch.cli.running import DEFAULT_STACK, Profile, Region, Stack, place_of
from netpolwatch.doctor.plan import Plan, plan_of
from netpolwatch.doctor.recipes import RECIPES
from netpolwatch.reporting.plan import plan_lines, recipe_hints

if TYPE_CHECKING:
    from netpolwatch.aws.place import Place


class Recipe(StrEnum):
    """Set-ups that AWS's API does not reach."""

    HELM = "helm"
    KUBECTL = "kubectl"
    FLUENT_BIT = "fluent-bit"
    CONFIGURATION = "configuration"


Apply = Annotated[bool, typer.Option("--apply", help="Make the changes, after a question.")]
Yes = Annotated[bool, typer.Option("--yes", help="Ask no question; for scripts.")]
Printed = Annotated[
    Recipe | None,
    typer.Option("--print", help="Only print what AWS's API does not reach, ready to use."),
]


def setup(
    cluster: ClusterName,
    apply: Apply = False,
    yes: Yes = False,
    recipe: Printed = None,
    region: Region = None,
    profile: Profile = None,
    stack: Stack = DEFAULT_STACK,
) -> None:
    """Print what makes a cluster's verdicts seen, and with --apply change it.

    Settings are merged: what is there stays. Without --apply nothing is changed.
    """
    place = place_of(region, profile)
    if recipe is not None:
        typer.echo(RECIPES[recipe.value](cluster, place.region), nl=False)
        return
    facts = setup_of(place, cluster, stack)
    plan = plan_of(facts)
    print_lines(plan_lines(facts, plan))
    if not apply:
        print_lines(recipe_hints(facts, plan))
    elif plan.changes:
        _make_changes(place, cluster, plan, asks=not yes)


def _make_changes(place: "Place", cluster: str, plan: Plan, *, asks: bool) -> None:
    from netpolwatch.aws.changing import ChangeError, make_change  # noqa: PLC0415  # as above

    if asks and not typer.confirm(f"Make {len(plan.changes)} changes to {cluster}?"):
        raise InputError("nothing was changed")
    for change in plan.changes:
        try:
            make_change(place, cluster, change)
        except ChangeError as error:
            raise InputError(f"{change.title}: {error}") from None
        print_lines([Text.assemble(("done ", "green"), change.title)])
    typer.echo(f"Agents restart node by node; then: netpolwatch doctor --cluster {cluster}")
