"""A diagnosis as a person reads it, and as a script does."""

from dataclasses import replace

from netpolwatch.catalogue.default import default_entries
from netpolwatch.doctor.diagnosis import diagnose
from netpolwatch.doctor.facts import LogGroup, Read
from netpolwatch.reporting.diagnosis import diagnosis_document, diagnosis_lines
from tests.unit.doctor.setups import all_off, healthy

A_SCREEN = 24


def test_a_healthy_cluster_is_one_screen_of_green() -> None:
    lines = [line.plain for line in diagnosis_lines(diagnose(healthy(), default_entries()))]
    assert lines[0] == "prod (eu-west-1): its verdicts can be seen; 21 well"
    assert len(lines) <= A_SCREEN
    assert all(line.startswith("ok ") for line in lines[2:])


def test_everything_wrong_reads_as_a_plan() -> None:
    text = "\n".join(line.plain for line in diagnosis_lines(diagnose(all_off(), default_entries())))
    assert text.startswith("prod (eu-west-1): its verdicts cannot be seen; ")
    assert text.index("1. FAIL enableNetworkPolicy is true") < text.index("2. FAIL")
    # A command that mends several problems stands there once.
    assert text.count("--configuration-values") == 1
    assert "The command above mends this, too." in text


def test_what_aws_says_never_becomes_a_line_or_a_control_character() -> None:
    hostile = LogGroup("/aws/eks/prod/cluster\x1b[31m\nok   all is well", "X\u202e", None, None)
    setup = replace(healthy(), log_group=Read(hostile))
    lines = [line.plain for line in diagnosis_lines(diagnose(setup, default_entries()))]
    assert "\x1b" not in "".join(lines)
    assert "\u202e" not in "".join(lines)
    assert not any("ok   all is well" in part for line in lines for part in line.split("\n")[1:2]
                   if part.startswith("ok"))  # fmt: skip


def test_a_script_gets_every_check_with_its_fix() -> None:
    document = diagnosis_document(diagnose(all_off(), default_entries()))
    assert document["verdicts_can_be_seen"] is False
    assert sum(document["counts"].values()) == len(document["checks"])
    (failing,) = [check for check in document["checks"] if check["id"] == "verdict-logs-enabled"]
    assert failing["status"] == "fail"
    assert "update-addon" in failing["fix"][0]["run"]
