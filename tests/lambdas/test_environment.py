"""A function's variables are read once, and what is missing is named."""

import msgspec
import pytest

from lambdas.environment import read_environment


class Variables(msgspec.Struct, frozen=True, rename="upper"):
    """Variables of some function."""

    findings_table: str


def test_variables_are_read_by_their_names() -> None:
    environment = {"FINDINGS_TABLE": "findings", "PATH": "/usr/bin"}
    assert read_environment(Variables, environment) == Variables("findings")


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(msgspec.ValidationError, match="FINDINGS_TABLE"):
        read_environment(Variables, {})
