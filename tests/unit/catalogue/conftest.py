import pytest

from netpolwatch.catalogue.loader import load
from netpolwatch.catalogue.matcher import Matcher


@pytest.fixture(scope="session")
def matcher() -> Matcher:
    return Matcher(load())
