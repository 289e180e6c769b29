import time
from typing import NamedTuple

import pytest

from infra.app import compose
from tests.infra.reading import Template
from tests.infra.synthesizing import CONTEXT


class Synthesized(NamedTuple):
    template: Template
    folder: str
    seconds: float


@pytest.fixture(scope="session")
def synthesized() -> Synthesized:
    started = time.monotonic()
    app, stack = compose(CONTEXT)
    assembly = app.synth()  # raises for a broken rule of cdk-nag
    template = Template(assembly.get_stack_by_name(stack.stack_name).template)
    return Synthesized(template, assembly.directory, time.monotonic() - started)


@pytest.fixture(scope="session")
def template(synthesized: Synthesized) -> Template:
    return synthesized.template
