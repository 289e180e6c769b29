"""Chat: a channel of ours, or a topic for a channel that has its configuration already."""

import pytest

from netpolwatch.configuration import Config
from tests.infra.synthesizing import CHANNELS, stack_of

CONFIGURATIONS = {
    "AWS::Chatbot::SlackChannelConfiguration",
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
}


@pytest.mark.parametrize("chat", [{}, {"topic_only": True}])
def test_a_channel_that_is_not_ours_gets_a_topic_and_is_not_claimed(chat: object) -> None:
    template = stack_of(chat=chat)
    assert not CONFIGURATIONS & template.types()
    assert "TopicsChat" in template.of_type("AWS::SNS::Topic")
    assert template.outputs["ChatTopicArn"] == "TopicsChat"
    lookup, addition = template.outputs["ChatHowTo"].split("; ")
    assert lookup.startswith("aws chatbot describe-slack-channel-configurations ")
    assert addition.startswith("aws chatbot update-slack-channel-configuration ")
    assert addition.endswith(" --sns-topic-arns TOPICS_OF_TODAY TopicsChat")


def test_a_named_channel_is_claimed_and_its_topic_is_an_output() -> None:
    template = stack_of(chat=CHANNELS)
    assert template.types() >= CONFIGURATIONS
    assert template.outputs["ChatTopicArn"] == "TopicsChat"
    assert "ChatHowTo" not in template.outputs


def test_without_chat_there_is_no_topic() -> None:
    template = stack_of()
    assert "TopicsChat" not in template.of_type("AWS::SNS::Topic")
    assert "ChatTopicArn" not in template.outputs


def test_a_channel_cannot_be_both_ours_and_not() -> None:
    chat = {"topic_only": True, "slack": CHANNELS["slack"]}
    with pytest.raises(ValueError, match="topic_only: leave out slack and teams"):
        Config.model_validate({"clusters": [{"name": "prod"}], "chat": chat})
