"""Floods of subjects: so many findings, and one that counts the others."""

import pytest

from netpolwatch.catalogue.model import Crowd
from netpolwatch.findings.fingerprint import finding_id
from netpolwatch.findings.model import Finding
from netpolwatch.findings.observation import Observation, observe
from netpolwatch.findings.recording import end, record
from netpolwatch.findings.state import State, finding_of
from tests.unit.findings.making import CLUSTER, NOON, PLACE, entry, observation, sighting
from tests.unit.findings.world import MINUTE_MS, RULES, World

SCAN = entry(id="denied-scan", severity="medium", group_by=("source",))
CONVERSATION = entry(
    id="denied-conversation", severity="low", digest=True,
    group_by=("source", "destination", "port"), max_subjects=20,
    resolve_after_ms=24 * 60 * MINUTE_MS, crowd=Crowd("source", beyond=100, tell=SCAN.id),
)  # fmt: skip
POLICY = entry(
    id="port-combos-over-24", severity="high", group_by=("namespace", "policy"),
    crowd=Crowd("namespace", beyond=20),
)  # fmt: skip
IMAGE = entry(id="multus-cve-image", severity="medium", group_by=("image",), max_open=20)
ENTRIES = {each.id: each for each in (SCAN, CONVERSATION, POLICY, IMAGE)}


def denied(number: int, source: str = "10.0.0.9", **changes: object) -> Observation:
    """Observe one of many conversations of a source: 200 addresses, 5 ports."""
    subject = {"source": source, "destination": f"10.1.0.{number % 200}", "port": number // 200}
    return one_of("denied-conversation", subject, severity="low", **changes)


def one_of(issue: str, subject: dict[str, object], **changes: object) -> Observation:
    identity = finding_id(issue, CLUSTER, subject)  # type: ignore[arg-type]
    return observation(id=identity, issue=issue, subject=subject, **changes)


def world_of(*seen: Observation) -> World:
    """Record observations, each in a batch of its own."""
    world = World(entries=ENTRIES)
    for number, each in enumerate(seen):
        world.observe(each, batch=str(number))
    return world


def states(world: World, issue: str) -> list[State]:
    return [item.state for item in world.findings() if item.state.issue == issue]


def finding(state: State) -> Finding:
    return finding_of(state, ENTRIES[state.issue])


def test_a_source_beyond_its_ceiling_is_one_scan_with_its_extent() -> None:
    # given a source that is denied at 200 addresses and 5 ports
    seen = [denied(number) for number in range(1000)]
    # when
    world = world_of(*seen, *seen)
    # then a hundred conversations are told apart, and one finding counts all others
    assert len(states(world, CONVERSATION.id)) == 100
    (scan,) = states(world, SCAN.id)
    told = finding(scan)
    assert (told.severity, told.subject) == ("medium", {"source": "10.0.0.9"})
    assert told.extent is not None
    assert abs(told.extent["destination"] - 200) < 25
    assert abs(told.extent["port"] - 5) <= 1
    assert sum(item.state.count for item in world.findings()) == 2000


def test_a_full_ceiling_is_written_no_more() -> None:
    world = world_of(*(denied(number) for number in range(101)))
    places = {key: version for key, (version, _) in world.ledger.stored.items() if "crowd#" in key}
    findings = len(world.findings())
    for number in range(101, 400):
        world.observe(denied(number), batch=f"later-{number}")
    after = {key: version for key, (version, _) in world.ledger.stored.items() if "crowd#" in key}
    assert after == places
    assert len(world.findings()) == findings


def test_many_sources_are_bounded_by_the_ceiling_of_their_cluster() -> None:
    # given a thousand sources with two conversations each
    world = world_of(*(denied(n, f"10.2.{n % 1000 >> 8}.{n % 1000 & 255}") for n in range(2000)))
    # then no more than 500 (and what the shards round up) are told apart, and none is a scan
    apart = states(world, CONVERSATION.id)
    assert 400 < len(apart) <= 8 * 63 + 1
    assert not states(world, SCAN.id)
    (other,) = [state for state in apart if set(state.subject.values()) == {"other"}]
    assert sum(state.count for state in apart) == 2000
    extent = finding(other).extent
    assert extent is not None
    assert extent["source"] > 400


def test_a_conversation_that_has_a_place_keeps_it() -> None:
    # given a ceiling that is full
    world = world_of(*(denied(number) for number in range(300)))
    # when an old conversation and a new one go on
    world.observe(denied(0), denied(301), batch="both")
    # then the old one is counted as itself
    (first,) = [state for state in states(world, CONVERSATION.id) if state.id == denied(0).id]
    assert first.count == 2


@pytest.mark.parametrize("ended_by", ["silence", "its end"])
def test_what_ends_gives_its_place_back(ended_by: str) -> None:
    # given a tenant with as many odd policies as are told apart
    seen = [one_of(POLICY.id, {"namespace": "tenant", "policy": f"p{n}"}) for n in range(20)]
    world = world_of(*seen)
    # when one is over
    if ended_by == "silence":
        world.sweep(60)
    else:
        ending = [seen_again(seen[0], NOON + 1)]
        end(world.ledger, ending, ENTRIES, now_ms=NOON + 1, rules=RULES)
        end(world.ledger, ending, ENTRIES, now_ms=NOON + 1, rules=RULES)
    # then another one has its place
    late = one_of(POLICY.id, {"namespace": "tenant", "policy": "late"}, first_seen=world.now,
                  last_seen=world.now)  # fmt: skip
    world.observe(late, batch="late")
    assert late.id in {state.id for state in states(world, POLICY.id)}
    # and when all is over, nothing is left of the ceilings
    world.sweep(120)
    assert not [key for key in world.ledger.stored if key.startswith("crowd#")]


def seen_again(seen: Observation, at: int) -> Observation:
    """Observe the same a moment later."""
    return observation(
        id=seen.id, issue=seen.issue, subject=seen.subject, first_seen=at, last_seen=at
    )


def test_the_odd_policies_of_a_tenant_are_one_finding_with_a_count() -> None:
    # given 2,000 policies of one tenant, and one of another
    seen = [one_of(POLICY.id, {"namespace": "tenant", "policy": f"p{n}"}) for n in range(2000)]
    other = one_of(POLICY.id, {"namespace": "shop", "policy": "web"})
    # when
    world = world_of(*seen, other)
    # then
    found = states(world, POLICY.id)
    assert len(found) == 20 + 1 + 1
    (crowd,) = [state for state in found if state.subject.get("policy") == "other"]
    assert crowd.subject == {"namespace": "tenant", "policy": "other"}
    assert (crowd.severity, crowd.count) == ("high", 1980)
    extent = finding(crowd).extent
    assert extent is not None
    assert abs(extent["policy"] - 1980) < 280
    # and the other tenant's is told apart
    assert other.id in {state.id for state in found}


def test_images_of_any_name_are_one_finding_with_a_count() -> None:
    images = (f"tenant.example/{n}/multus-cni:v4.1.4-eksbuild.2" for n in range(500))
    world = world_of(*(one_of(IMAGE.id, {"image": image}) for image in images))
    found = states(world, IMAGE.id)
    assert len(found) == 20 + 1


def test_a_batch_of_a_scan_is_observed_as_one() -> None:
    # given a payload of 500 conversations of one source, and 5 of as many others
    def seen(source: str, number: int) -> object:
        fields = {"source": source, "destination": f"10.1.{number >> 8}.{number & 255}", "port": 22}
        return sighting(issue=CONVERSATION.id, severity="low", fields=fields)

    sightings = [seen("10.0.0.9", n) for n in range(500)]
    sightings += [seen(f"10.0.1.{n}", n) for n in range(5)]
    # when
    observed = observe(sightings, ENTRIES, PLACE)  # type: ignore[arg-type]
    # then twenty are told apart, the scan's others are one, and nobody's are one
    (scan,) = [each for each in observed if each.issue == SCAN.id]
    assert scan.subject == {"source": "10.0.0.9"}
    assert scan.extents.keys() == {"destination", "port"}
    assert len(observed) <= 20 + 1 + 1
    assert sum(each.count for each in observed) == 505


def test_a_scan_writes_one_finding_a_payload_whatever_it_holds() -> None:
    # given a scan whose hundred places are taken
    world = world_of(*(denied(number) for number in range(100)))
    written = world.ledger.writes
    # when a payload of twenty new conversations comes
    world.observe(*(denied(500 + n) for n in range(20)),
                  batch="payload")  # fmt: skip
    # then it is one write, of one finding and one marker
    assert world.ledger.writes == written + 1
    assert len(states(world, SCAN.id)) == 1


def test_a_batch_of_many_sources_fits_into_its_transactions() -> None:
    world = World(entries=ENTRIES)
    seen = [denied(number, f"10.3.0.{number}") for number in range(200)]
    # then: the ledger refuses more than 100 items in a write
    world.observe(*seen, batch="payload")
    assert len(states(world, CONVERSATION.id)) == 200


def test_a_batch_that_is_delivered_again_counts_once() -> None:
    world = World(entries=ENTRIES)
    seen = [denied(number) for number in range(150)]
    for _ in range(3):
        record(world.ledger, seen, ENTRIES, "batch", now_ms=NOON, rules=RULES)
    assert sum(item.state.count for item in world.findings()) == 150
