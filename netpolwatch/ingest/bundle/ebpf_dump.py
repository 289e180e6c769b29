"""What `aws-eks-na-cli ebpf` prints of the agent's programs and maps, as facts.

Subcommands `loaded-ebpfdata`, `progs`, `maps`, `dump-maps` and `dump-cp-maps` of every agent
version (`pkg/clihelper/show.go` of aws-network-policy-agent), and eks-log-collector's headings
between them.
"""

import re
from ipaddress import ip_address, ip_network
from typing import TypeVar

import msgspec

MAX_FACTS = 100_000
_MAX_MAPS = 64
_MAX_LINE = 1_000


class MapRef(msgspec.Struct, frozen=True):
    """A map that a program uses."""

    name: str
    id: int


class Program(msgspec.Struct, frozen=True):
    """A program pinned for a pod; `pod` is the agent's pod identifier (name and namespace).

    `direction` is `ingress` or `egress`, as seen from the pod.
    """

    pod: str
    direction: str
    id: int
    pin_path: str
    maps: tuple[MapRef, ...] = ()


class LoadedProgram(msgspec.Struct, frozen=True):
    """A line of `progs`: `type` is the kernel's number of the program's type."""

    type: int
    id: int
    maps: int


class LoadedMap(msgspec.Struct, frozen=True):
    """An entry of `maps`: sizes in bytes; `type` is the kernel's number of the map's type."""

    type: int
    id: int
    key_size: int
    value_size: int
    max_entries: int


class PolicyEntry(msgspec.Struct, frozen=True, gc=False):
    """What one rule of an ingress or egress map lets through.

    Attributes
    ----------
    map_id
        `None` where the dump does not say whose it is.
    network
        The other end, in CIDR form.
    protocol
        As the agent prints it: `TCP`, `ANY PROTOCOL`, `RESERVED` (which excepts the network).
    start_port, end_port
        0 for any port, and for no range.
    priority
        Of a rule of a cluster network policy; `None` for a network policy's.
    """

    map_id: int | None
    network: str
    protocol: str
    start_port: int
    end_port: int
    priority: int | None = None


class ConntrackEntry(msgspec.Struct, frozen=True, gc=False):
    """A flow that the agent knows; `protocol` is IANA's number.

    `owner_ip`, `interface` (index) and `last_seen_ns` (ns since boot) came with later agents.
    """

    map_id: int | None
    source_ip: str
    source_port: int
    destination_ip: str
    destination_port: int
    protocol: int
    owner_ip: str | None = None
    interface: int | None = None
    value: int | None = None
    last_seen_ns: int | None = None


class PodState(msgspec.Struct, frozen=True, gc=False):
    """What a pod falls back to; `key` 0 is network policies', 1 cluster policies' state."""

    map_id: int | None
    key: int
    state: int


class EbpfDump(msgspec.Struct, frozen=True):
    """All facts of a bundle's dumps; `dropped` counts those beyond `MAX_FACTS` of a kind."""

    programs: tuple[Program, ...] = ()
    loaded_programs: tuple[LoadedProgram, ...] = ()
    loaded_maps: tuple[LoadedMap, ...] = ()
    policy: tuple[PolicyEntry, ...] = ()
    conntrack: tuple[ConntrackEntry, ...] = ()
    pod_states: tuple[PodState, ...] = ()
    dropped: int = 0

    def program_of(self, map_id: int) -> Program | None:
        """Tell which pod's program uses a map."""
        for program in self.programs:
            if any(reference.id == map_id for reference in program.maps):
                return program
        return None


_FIELDS = re.compile(
    r"""
      \*\*\*\ EBPF\ Maps\ Data\ for\ Map\ ID\ (?P<heading>\d+)
    | Walking\ map:\ .*\bid=(?P<walking>\d+)\)
    | PinPath:\s+(?P<pin>\S+)
    | Pod\ Identifier\ :\ (?P<pod>\S+)\s+Direction\ :\ (?P<direction>\w+)
    | Prog\ ID:\s+(?P<program>\d+)
    | Map\ Name:\s+(?P<map_name>\S+)
    | Map\ ID:\s+(?P<map_id>\d+)
    | Type\ :\ (?P<program_type>\d+)\ ID\ :\ (?P<loaded>\d+)
      \ Associated\ maps\ count\ :\ (?P<uses>\d+)
    | Type\ :\ (?P<map_type>\d+)\ ID\ :\ (?P<loaded_map>\d+)$
    | Keysize\ (?P<key_size>\d+)\ Valuesize\ (?P<value_size>\d+)\ MaxEntries\ (?P<entries>\d+)
    | Key\ ?:\ (?:IP/Prefixlen\ -\ )?(?P<network>[0-9a-fA-F.:]+/\d+)
    | Protocol\s+-\s+(?P<protocol>\S.*)
    | Priority\s+-\s+(?P<priority>\d+)
    | StartPort\s+-\s+(?P<start>\d+)
    | End[pP]ort\s+-\s+(?P<end>\d+)
    | Conntrack\ Key\ :\ Source\ IP\ -\ (?P<source>\S+)\ Source\ port\ -\ (?P<source_port>\d+)
      \ Dest\ IP\ -\ (?P<dest>\S+)\ Dest\ port\ -\ (?P<dest_port>\d+)\ Protocol\ -\ (?P<number>\d+)
      (?:\ Owner\ IP\ -\ (?P<owner>\S+))?(?:\ Ifindex\ -\ (?P<interface>\d+))?
    | Conntrack\ Val\s+-\s+(?P<value>\d+)
    | Last\ Seen\ \(ns\)\s+-\s+(?P<seen>\d+)
    | Key\ :\s+(?P<state_key>\d+)
    | State\s+-\s+(?P<state>\d+)
    """,
    re.VERBOSE,
)
_Match = re.Match[str]
_Fact = TypeVar("_Fact")


class DumpReader:
    """Reads dumps block by block; lines that say nothing known are passed over."""

    def __init__(self) -> None:
        self._programs: list[Program] = []
        self._loaded_programs: list[LoadedProgram] = []
        self._loaded_maps: list[LoadedMap] = []
        self._policy: list[PolicyEntry] = []
        self._conntrack: list[ConntrackEntry] = []
        self._pod_states: list[PodState] = []
        self._dropped = 0
        self._map: int | None = None
        self._text: dict[str, str] = {}

    def read(self, data: bytes) -> None:
        """Read whole lines."""
        for line in data.decode("utf-8", "replace").splitlines():
            found = _FIELDS.match(line[:_MAX_LINE])
            if found:
                self._take(found)

    def dump(self) -> EbpfDump:
        """Give what was read."""
        return EbpfDump(
            tuple(self._programs), tuple(self._loaded_programs), tuple(self._loaded_maps),
            tuple(self._policy), tuple(self._conntrack), tuple(self._pod_states), self._dropped,
        )  # fmt: skip

    def _take(self, found: _Match) -> None:
        fields = {name: value for name, value in found.groupdict().items() if value is not None}
        for name, finish in _STEPS.items():
            if name in fields:
                finish(self, fields)
                return
        # A part of what is told over several lines.
        self._text.update(fields)

    def _start_map(self, fields: dict[str, str]) -> None:
        self._map = _number(fields.get("heading") or fields["walking"])
        self._text.clear()

    def _program(self, fields: dict[str, str]) -> None:
        pin, pod = self._text.get("pin", ""), self._text.get("pod", "")
        direction = self._text.get("direction", "")
        self._add(self._programs, Program(pod, direction, _number(fields["program"]), pin))

    def _program_map(self, fields: dict[str, str]) -> None:
        if not self._programs or "map_name" not in self._text:
            return
        program = self._programs[-1]
        reference = MapRef(self._text.pop("map_name"), _number(fields["map_id"]))
        if len(program.maps) < _MAX_MAPS:
            self._programs[-1] = msgspec.structs.replace(program, maps=(*program.maps, reference))

    def _loaded_program(self, fields: dict[str, str]) -> None:
        numbers = (_number(fields[name]) for name in ("program_type", "loaded", "uses"))
        self._add(self._loaded_programs, LoadedProgram(*numbers))

    def _loaded_map(self, fields: dict[str, str]) -> None:
        fields = {**self._text, **fields}
        names = ("map_type", "loaded_map", "key_size", "value_size", "entries")
        if fields.keys() >= set(names):
            self._add(self._loaded_maps, LoadedMap(*(_number(fields[name]) for name in names)))

    def _rule(self, fields: dict[str, str]) -> None:
        network, protocol = _network(self._text.get("network")), self._text.pop("protocol", None)
        priority = self._text.pop("priority", None)
        start = _number(self._text.pop("start", "0"))
        if network is None or protocol is None:
            return
        rule = PolicyEntry(
            self._map, network, protocol.strip(), start, _number(fields["end"]),
            None if priority is None else _number(priority),
        )  # fmt: skip
        self._add(self._policy, rule)

    def _flow(self, fields: dict[str, str]) -> None:
        source, destination = _address(fields["source"]), _address(fields["dest"])
        if source is None or destination is None:
            return
        interface = fields.get("interface")
        entry = ConntrackEntry(
            self._map, source, _number(fields["source_port"]), destination,
            _number(fields["dest_port"]), _number(fields["number"]), _address(fields.get("owner")),
            None if interface is None else _number(interface),
        )  # fmt: skip
        self._add(self._conntrack, entry)

    def _flow_value(self, fields: dict[str, str]) -> None:
        if not self._conntrack:
            return
        name = "value" if "value" in fields else "last_seen_ns"
        number = _number(fields.get("value") or fields["seen"])
        self._conntrack[-1] = msgspec.structs.replace(self._conntrack[-1], **{name: number})

    def _state(self, fields: dict[str, str]) -> None:
        if "state_key" in self._text:
            key = _number(self._text.pop("state_key"))
            self._add(self._pod_states, PodState(self._map, key, _number(fields["state"])))

    def _add(self, facts: list[_Fact], fact: _Fact) -> None:
        if len(facts) < MAX_FACTS:
            facts.append(fact)
        else:
            self._dropped += 1


_STEPS = {
    "heading": DumpReader._start_map,  # noqa: SLF001  # its own table
    "walking": DumpReader._start_map,  # noqa: SLF001
    "program": DumpReader._program,  # noqa: SLF001
    "map_id": DumpReader._program_map,  # noqa: SLF001
    "loaded": DumpReader._loaded_program,  # noqa: SLF001
    "entries": DumpReader._loaded_map,  # noqa: SLF001
    "end": DumpReader._rule,  # noqa: SLF001
    "source": DumpReader._flow,  # noqa: SLF001
    "value": DumpReader._flow_value,  # noqa: SLF001
    "seen": DumpReader._flow_value,  # noqa: SLF001
    "state": DumpReader._state,  # noqa: SLF001
}
"""What the last part of each fact does with the parts before it."""


def _number(digits: str) -> int:
    # No number of the kernel's has more than 20 digits.
    return int(digits[:20])


def _address(text: str | None) -> str | None:
    try:
        return None if text is None else str(ip_address(text))
    except ValueError:
        return None


def _network(text: str | None) -> str | None:
    try:
        return None if text is None else str(ip_network(text, strict=False))
    except ValueError:
        return None
