from infra.policies import policies
from tests.infra.reading import Template


def test_each_role_and_each_managed_policy_is_written_for_the_linter(template: Template) -> None:
    written = dict(policies(template.raw))
    kinds = ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy")
    assert len(written) == sum(len(template.of_type(kind)) for kind in kinds)
    for document in written.values():
        for statement in document["Statement"]:
            resources = statement["Resource"]
            for resource in resources if isinstance(resources, list) else [resources]:
                assert resource == "*" or resource.startswith("arn:aws:")
