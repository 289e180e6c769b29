"""What `parse` prints: no fact's own field takes the place of what every object has."""

from typing import get_args

import msgspec
import pytest

from netpolwatch.kubernetes.facts import AnyFact

OF_EVERY_OBJECT = {"line", "kind", "fact", "timestamp"}


@pytest.mark.parametrize("fact", get_args(AnyFact))
def test_no_field_of_a_fact_hides_what_every_object_has(fact: type[msgspec.Struct]) -> None:
    fields = {field.name.removesuffix("_us") for field in msgspec.structs.fields(fact)}
    assert fields & OF_EVERY_OBJECT == set()
