"""Links into the AWS console."""

from urllib.parse import quote

_SAFE = "-_.!~()"

CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
}
"""Host of the console by partition; each region has a host of its own below it."""

_PARTITIONS = {"us-gov-": "aws-us-gov", "cn-": "aws-cn"}


def dashboard_link(region: str, name: str) -> str:
    """Link to a CloudWatch dashboard."""
    return f"{_console(region)}#dashboards/dashboard/{quote(name, safe=_SAFE)}"


def logs_insights_link(region: str, log_group: str, log_stream: str) -> str:
    """Link to a Logs Insights query over one stream's last day.

    The console writes its own quoting: each `%` of a quoted text becomes `*`.
    """
    query = f"fields @timestamp, @message | filter @logStream = '{_plain(log_stream)}' | limit 100"
    detail = (
        "~(end~0~start~-86400~timeType~'RELATIVE~unit~'seconds"
        f"~editorString~'{_starred(query)}~source~(~'{_starred(log_group)}))"
    )
    return f"{_console(region)}#logsV2:logs-insights$3FqueryDetail$3D{detail}"


def _console(region: str) -> str:
    return f"https://{region}.{CONSOLES[_partition(region)]}/cloudwatch/home?region={region}"


def _partition(region: str) -> str:
    named = (name for begin, name in _PARTITIONS.items() if region.startswith(begin))
    return next(named, "aws")


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isalnum() or character in "-_./")


def _starred(text: str) -> str:
    return quote(text, safe="-_.").replace("%", "*")
