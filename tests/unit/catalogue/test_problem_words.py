"""pydantic's errors, in words for who wrote the file."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from netpolwatch.catalogue.problem_words import problems_of


class Child(BaseModel):
    """What a list holds."""

    name: str


class File(BaseModel):
    """A file."""

    model_config = ConfigDict(extra="forbid")

    children: tuple[Child, ...] = Field(min_length=1)
    email: tuple[str, ...] = ()
    limits: dict[str, int] = {}
    memory: int = Field(default=128, ge=128)
    stack_name: str = Field(default="a", pattern="^[a-z]+$")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"children": ["a"]}, [("children.0", "must be a mapping: {key: value}")]),
        ({"children": [{}]}, [("children.0.name", "is missing")]),
        ({"children": [{"name": 7}]}, [("children.0.name", "must be a text")]),
        ({"children": [{"name": "a"}], "email": "a@b.c"}, [
            ("email", "must be a list: [one, another]"),
        ]),
        ({"children": [{"name": "a"}], "limits": [1]}, [
            ("limits", "must be a mapping: {key: value}"),
        ]),
        ({"children": [{"name": "a"}], "e_mail": 1}, [("e_mail", "no such key")]),
        ({"children": [{"name": "a"}], "limits": {"a": "x"}}, [
            ("limits.a", "must be a whole number"),
        ]),
        ({"children": [{"name": "a"}], "memory": 64}, [("memory", "must be at least 128")]),
        ({"children": [{"name": "a"}], "stack_name": "1"}, [
            ("stack_name",
             "is no stack's name: a letter, then letters, digits and -, at most 40"),
        ]),
        ("text", [("", "must be a mapping: {key: value}")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_once_and_in_words(
    values: Any,  # noqa: ANN401
    expected: list[tuple[str, str]],
) -> None:
    with pytest.raises(ValidationError) as refused:
        File.model_validate(values)
    assert problems_of(refused.value.errors()) == expected


def test_a_list_that_is_too_short_by_itself_is_told() -> None:
    with pytest.raises(ValidationError) as refused:
        File.model_validate({"children": []})
    (place, reason), = problems_of(refused.value.errors())  # fmt: skip
    assert place == "children"
    assert "at least 1" in reason
