"""What the doctor objects to is a finding, and what it is content with ends one."""

from dataclasses import replace

from netpolwatch.catalogue.default import default_entries
from netpolwatch.doctor.checks import all_checks
from netpolwatch.doctor.diagnosis import BLOCKING, diagnose
from netpolwatch.doctor.facts import Read, Setup, known
from netpolwatch.doctor.sightings import Seen, seen_in
from tests.unit.doctor.setups import addon, all_off, healthy, refused

ENTRIES = default_entries()


def seen(setup: Setup) -> Seen:
    return seen_in(diagnose(setup, ENTRIES), ENTRIES)


def issues(found: Seen) -> set[tuple[str, str]]:
    return {
        (sighting.issue, str(value))
        for sighting in found.sightings
        for value in sighting.fields.values()
    }


def test_a_healthy_cluster_shows_nothing_and_ends_every_gap() -> None:
    found = seen(healthy())
    assert found.sightings == ()
    ended = {str(ending.fields["missing"]) for ending in found.endings}
    assert ended > BLOCKING - {"addon-installed", "cluster-supported"}
    assert {ending.issue for ending in found.endings} == {"observability-gap"}


def test_everything_off_is_a_gap_of_each_kind() -> None:
    found = issues(seen(all_off()))
    assert ("observability-gap", "verdict-logs-enabled") in found
    assert ("observability-gap", "node-logs") in found
    assert ("npa-version-advisory", "v1.2.0") in found


def test_what_keeps_verdicts_from_being_seen_is_grave() -> None:
    severities = {
        str(sighting.fields["missing"]): sighting.severity
        for sighting in seen(all_off()).sightings
        if sighting.issue == "observability-gap"
    }
    assert severities["verdict-logs-enabled"] == "high"
    assert severities["node-logs"] == "low"


def test_each_contradiction_is_a_finding_of_its_own() -> None:
    values = '{"nodeAgent":{"enableCloudWatchLogs":"true","logLevel":"error"}}'
    found = issues(seen(replace(healthy(), addon=Read(addon(values)))))
    assert ("config-contradiction", "cloudwatch-without-verdicts") in found
    assert ("config-contradiction", "verdicts-below-log-level") in found


def test_drift_names_the_node_whose_agent_goes_on() -> None:
    verdicts = replace(known(healthy().verdicts), newest_node="ip-10-0-1-9.ec2.internal")
    setup = replace(healthy(), addon=Read(addon(None)), verdicts=Read(verdicts))
    found = issues(seen(setup))
    assert ("npa-logs-despite-flag-off-drift", "ip-10-0-1-9.ec2.internal") in found


def test_what_is_unknown_neither_opens_nor_ends_anything() -> None:
    found = seen(replace(healthy(), log_group=refused("logs:DescribeLogGroups")))
    subjects = [str(each.fields.get("missing")) for each in (*found.sightings, *found.endings)]
    assert "log-group" not in subjects


def test_every_rule_of_a_set_up_names_checks_that_exist() -> None:
    checks = {check.id for check in all_checks(ENTRIES)}
    named = {check for entry in ENTRIES for rule in entry.rules for check in rule.setup}
    assert named
    assert named <= checks
