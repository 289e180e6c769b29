"""The table of all commands, in the order of the help."""

from typing import Any, Final

from netpolwatch.cli.deferred import Declaration, DeferredCommand
from netpolwatch.cli.help import EXIT_CODES, FORMATS, Group, examples
from netpolwatch.kubernetes.listing import LISTING

COMMANDS: Final = (
    Declaration(
        "parse",
        "netpolwatch.cli.parse:parse",
        "Print what each log event says, one JSON object a line, in order",
        f"{FORMATS}\n\n{EXIT_CODES}",
    ),
    Declaration(
        "analyze",
        "netpolwatch.cli.analyze:analyze",
        "Report what is broken, since when, where, and what to do now",
        FORMATS
        + "\n\n"
        + examples(
            "netpolwatch analyze network-policy-agent.log",
            "netpolwatch analyze --brief --severity high logs/",
            "netpolwatch analyze --since 2h --namespace shop events.jsonl",
            "netpolwatch analyze --format html bundle.tar.gz > report.html",
            "tail -F network-policy-agent.log | netpolwatch analyze --follow",
        ),
    ),
    Declaration(
        "explain",
        "netpolwatch.cli.explain:explain",
        "Explain each verdict: who, which policies, why, and how sure",
        examples(
            f"{LISTING} > snapshot.yaml",
            "netpolwatch explain --snapshot snapshot.yaml flows.jsonl",
            "netpolwatch explain --events audit.jsonl --only violation flows.jsonl",
        ),
    ),
    Declaration(
        "issues",
        "netpolwatch.cli.issues:issues",
        "List the known issues, or show one with its symptoms, versions and steps",
        examples("netpolwatch issues", "netpolwatch issues npa-link-not-found"),
    ),
    Declaration(
        "backfill",
        "netpolwatch.cli.history:backfill",
        "Analyze a log group's history, and report as `analyze` does; nothing is written",
        examples("netpolwatch backfill --cluster prod --since 24h --region eu-west-1"),
    ),
    Declaration(
        "learn",
        "netpolwatch.cli.history:learn",
        "Fill a new deployment's knowledge: from a log group's audit events, and from a snapshot",
        examples("netpolwatch learn --cluster prod --since 7d"),
    ),
    Declaration(
        "doctor",
        "netpolwatch.cli.doctor:doctor",
        "Check whether a cluster's verdicts can be seen, and print the commands that mend it",
        examples("netpolwatch doctor --cluster prod --region eu-west-1"),
    ),
    Declaration(
        "setup",
        "netpolwatch.cli.setup:setup",
        "Print what makes a cluster's verdicts seen, and with --apply change it",
        examples(
            "netpolwatch setup --cluster prod",
            "netpolwatch setup --cluster prod --apply",
            "netpolwatch setup --cluster prod --print fluent-bit",
        ),
    ),
    Declaration(
        "replay",
        "netpolwatch.cli.replay:replay",
        "Drive the failure queues again; exit 1 if something had to stay",
        examples("netpolwatch replay --dry-run", "netpolwatch replay"),
    ),
    Declaration(
        "test-alert",
        "netpolwatch.cli.testing:send_test",
        "Send a test through every configured channel; exit 1 if one of them does not accept it",
        examples("netpolwatch test-alert --region eu-west-1"),
    ),
    Declaration("catalogue", "netpolwatch.cli.catalogue:app", "Work on a private catalogue"),
    Declaration("silence", "netpolwatch.cli.silence:app", "Silence findings for a time"),
    Declaration("config", "netpolwatch.cli.config:app", "Work on netpolwatch.yaml"),
)


class Commands(Group):
    """The group of all commands."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  # as typer makes a group
        super().__init__(**options)
        for declaration in COMMANDS:
            self.add_command(DeferredCommand(declaration))
