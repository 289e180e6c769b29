"""What the command line prints as JSON: the shapes of its public contract."""

import inspect
from typing import Any

import msgspec

from netpolwatch.analysis.reading import Reading
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.findings.model import Finding
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.kubernetes.facts import AnyFact, EnforcingModeSeen


def reading_objects(line: int, reading: Reading) -> list[dict[str, Any]]:
    """Describe one event: a flow, or its sightings and then its facts, or `other`.

    `other` also follows facts where the event hints at an issue; its `unread` names what the event
    holds the words of, where nothing could be read of them.
    """
    if reading.flow is not None:
        return [_flow(line, reading.flow, reading)]
    told = [_sighting(line, sighting) for sighting in reading.sightings]
    # A fact of the whole cluster names no object: a row of one would have nothing to show.
    objects = (fact for fact in reading.facts if not isinstance(fact, EnforcingModeSeen))
    told += [_fact(line, fact) for fact in objects]
    if told and (reading.sightings or not reading.signals):
        return told
    other: dict[str, Any] = {"line": line, "kind": "other", "signals": list(reading.signals)}
    # Only where something is wrong: any other line is as short as it can be.
    return [*told, other | ({"unread": reading.unread} if reading.unread else {})]


def finding_schema() -> dict[str, Any]:
    """Describe a finding as JSON Schema, from the model."""
    schema = msgspec.json.schema(Finding)
    for definition in schema["$defs"].values():
        definition["description"] = inspect.cleandoc(definition["description"])
        # A default spares a key when a finding is made; it is never missing when one is written.
        definition["required"] = list(definition["properties"])
    return schema


def _flow(line: int, flow: Flow, reading: Reading) -> dict[str, Any]:
    judgement = flow.judgement
    return {
        "line": line,
        "kind": "flow",
        "form": flow.form,
        "timestamp": rfc3339(reading.timestamp),
        "node": flow.node,
        "source": {"ip": flow.source_ip, "port": flow.source_port},
        "destination": {"ip": flow.destination_ip, "port": flow.destination_port},
        "protocol": flow.protocol,
        "verdict": flow.verdict,
        "direction": flow.direction,
        "tier": flow.tier,
        "disposition": judgement and judgement.disposition,
        "confidence": judgement and judgement.confidence,
        "reasons": judgement.reasons if judgement else [],
        "issues": list(flow.issues),
    }


def _fact(line: int, fact: AnyFact) -> dict[str, Any]:
    """Describe a fact flatly; all its keys are there, null where its source does not tell."""
    told: dict[str, Any] = {"line": line, "kind": "fact", "fact": fact.__struct_config__.tag}
    told.update(dict.fromkeys(("namespace", "name")))
    for key, value in msgspec.structs.asdict(fact).items():
        if key == "at_us":
            told["timestamp"] = rfc3339(value // 1000)
        elif key.endswith("_us"):
            told[key.removesuffix("_us")] = None if value is None else rfc3339(value // 1000)
        else:
            told[key] = msgspec.to_builtins(value)
    return told


def _sighting(line: int, sighting: Sighting) -> dict[str, Any]:
    return {
        "line": line,
        "kind": "sighting",
        "issue": sighting.issue,
        "severity": sighting.severity,
        "fields": sighting.fields,
        "component": sighting.component,
    }
