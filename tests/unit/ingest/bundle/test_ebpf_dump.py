"""What the agent's command line prints, of every version."""

from netpolwatch.ingest.bundle.ebpf_dump import (
    ConntrackEntry,
    DumpReader,
    EbpfDump,
    LoadedMap,
    LoadedProgram,
    MapRef,
    PodState,
    PolicyEntry,
    Program,
)


def read(text: str) -> EbpfDump:
    reader = DumpReader()
    reader.read(text.encode())
    return reader.dump()


def test_loaded_data_names_programs_and_maps() -> None:
    dump = read(
        "PinPath:  /sys/fs/bpf/globals/aws/programs/web-shop_handle_egress\n"
        "Pod Identifier : web-shop  Direction : egress \nProg ID:  7\nAssociated Maps -> \n"
        "Map Name:  egress_map\nMap ID:  3\n=====\n"
    )
    pin = "/sys/fs/bpf/globals/aws/programs/web-shop_handle_egress"
    assert dump.programs == (Program("web-shop", "egress", 7, pin, (MapRef("egress_map", 3),)),)
    assert dump.program_of(3) == dump.programs[0]
    assert dump.program_of(4) is None


def test_lists_of_programs_and_maps() -> None:
    dump = read(
        "Programs currently loaded : \nType : 3 ID : 6 Associated maps count : 1\n====\n"
        "Maps currently loaded : \nType : 11 ID : 45\n"
        "Keysize 8 Valuesize 288 MaxEntries 65536\n====\n"
    )
    assert dump.loaded_programs == (LoadedProgram(3, 6, 1),)
    assert dump.loaded_maps == (LoadedMap(11, 45, 8, 288, 65536),)


def test_rules_of_every_form() -> None:
    dump = read(
        # up to v1.2, and IPv6
        "Key : IP/Prefixlen - 192.168.1.0/24 \n-----\nValue Entry :  0\nProtocol -  TCP\n"
        "StartPort -  80\nEndport -  0\n----\nValue Entry :  1\nProtocol -  ANY PROTOCOL\n"
        "StartPort -  0\nEndport -  0\n******\nDone reading all entries\n"
        # from v1.3, and a cluster policy's
        "*** EBPF Maps Data for Map ID 17 ***\nKey: 10.0.0.5/32\nKey: 10.0.0.5/32\n----\n"
        "Entry 0:\nProtocol  - UDP\nPriority  - 4\nStartPort - 1000\nEndPort   - 2000\n"
        "Walking map: ingress_map (type=11, id=18)\n"
        "Key : IP/Prefixlen - 2001:db8::/64 \nProtocol -  RESERVED\nStartPort -  0\nEndport -  0\n"
    )
    assert dump.policy == (
        PolicyEntry(None, "192.168.1.0/24", "TCP", 80, 0),
        PolicyEntry(None, "192.168.1.0/24", "ANY PROTOCOL", 0, 0),
        PolicyEntry(17, "10.0.0.5/32", "UDP", 1000, 2000, 4),
        PolicyEntry(18, "2001:db8::/64", "RESERVED", 0, 0),
    )


def test_conntrack_and_pod_state() -> None:
    dump = read(
        "Conntrack Key : Source IP - 10.0.0.1 Source port - 43322 Dest IP - 10.0.0.2 Dest port - 53"
        " Protocol - 17 Owner IP - 10.0.0.1 Ifindex - 12\nValue : \nConntrack Val -  1\n"
        "Last Seen (ns) -  123456  (1.5s ago)\n*****\n"
        "Conntrack Key : Source IP - 2001:db8::1 Source port - 1 Dest IP - 2001:db8::2"
        " Dest port - 2 Protocol - 6\nValue : \nConntrack Val -  0\n"
        "Key :  0\nState -  2\n"
    )
    assert dump.conntrack == (
        ConntrackEntry(None, "10.0.0.1", 43322, "10.0.0.2", 53, 17, "10.0.0.1", 12, 1, 123456),
        ConntrackEntry(None, "2001:db8::1", 1, "2001:db8::2", 2, 6, None, None, 0),
    )
    assert dump.pod_states == (PodState(None, 0, 2),)


def test_nonsense_gives_nothing() -> None:
    dump = read(
        "EndPort - 1\nMap ID: 5\nState - 1\nConntrack Val - 1\nKey: 999.0.0.1/32\nProtocol - TCP\n"
        "EndPort - 1\nConntrack Key : Source IP - x Source port - 1 Dest IP - y Dest port - 2"
        f" Protocol - 6\nProg ID: {'9' * 900}\n\x00\xff"
    )
    assert (dump.policy, dump.conntrack, dump.pod_states) == ((), (), ())
