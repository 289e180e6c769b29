import time
from typing import Any, NamedTuple

import pytest

from infra.app import compose
from tests.infra.reading import Template

CONTEXT: dict[str, Any] = {
    "cluster": "prod,staging",
    "email": "me@example.com,you@example.com",
    # The bundle has tests of its own.
    "aws:cdk:bundling-stacks": [],
}


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
