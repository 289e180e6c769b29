"""`python -m samples.bundle` writes a node bundle as eks-log-collector lays it out, of any size.

The agent's log makes up the size; it is rotated as the agent rotates it. The files lie in the
archive as a folder lists them: in no order.
"""

import argparse
import gzip
import io
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import BinaryIO

NODE = "ip-10-0-1-9.us-west-2.compute.internal"
INSTANCE = "i-0abc0abc0abc0abc0"
POD = "aws-node-x7k2p"
UID = "892ff6b4-95ee-409c-87ea-c97686b644fe"
FILE_NAME = f"eks_{INSTANCE}_2026-01-10_1000-UTC_0.7.8.tar.gz"
FORMS = ("tar.gz", "tar", "zip")

_END = datetime(2026, 1, 10, 10, 0, tzinfo=UTC)
_MINUTE_LINES = 4_000
_MINUTE_MARK = b"2026-01-10T10:00:"
_DENY_EVERY = 50
_DENIED = (("10.0.1.44", "10.0.3.7", 5432), ("10.0.1.45", "10.0.3.7", 5432))
_ROTATED_AT = 200 * 1024 * 1024
_MEGABYTE = 1_000_000

_LINK_NOT_FOUND = (
    '{"level":"error","ts":"2026-01-10T09:59:01.512Z","caller":"tc/tc.go:130","msg":"failed to find'
    ' device by name eni9ea69618bf0: %!w(netlink.LinkNotFoundError={0xc000115310})"}\n'
)
_MAP_FAILED = (
    '{"level":"error","ts":"2026-01-10T09:59:02.000Z","caller":"ebpf/bpf_client.go:1260","msg":'
    '"Ingress Pod State Map update failed: unable to update map: invalid argument"}\n'
)
_EBPF_DATA = """*** EBPF loaded data ***
PinPath:  /sys/fs/bpf/globals/aws/programs/web-5f7-shop_handle_ingress
Pod Identifier : web-5f7-shop  Direction : ingress\x20
Prog ID:  61
Associated Maps ->\x20
Map Name:  ingress_map
Map ID:  17
Map Name:  aws_conntrack_map
Map ID:  9
========================================================================================
"""
_EBPF_MAPS = """*** EBPF Maps Data for Map ID 17 ***
Key: 10.0.1.44/32
-------------------
Entry 0:
Protocol  - TCP
StartPort - 80
EndPort   - 0
-------------------
*******************************
Done reading all entries
"""


def bundle_files(*, seed: int, log_bytes: int) -> Iterator[tuple[str, bytes, int]]:
    """Tell a bundle's files in no order: path, a piece of content, times it comes.

    The agent's own log is `log_bytes` long, give or take a minute's lines; of all that is older
    than 200 MB of it, each 200 MB are a rotated file.
    """
    rng = Random(seed)  # noqa: S311  # no secret
    minute = _agent_minute(rng)
    files = [(path, text.encode(), 1) for path, text in _small_files(rng).items()]
    minutes = max(1, log_bytes // len(minute))
    a_file = _ROTATED_AT // len(minute)
    folder = "var_log/aws-routed-eni"
    for older in range(minutes // a_file):
        when = f"{_END - timedelta(minutes=(older + 1) * 10):%Y-%m-%dT%H-%M-%S}.000"
        files.append((f"{folder}/network-policy-agent-{when}.log.gz", minute, a_file))
    files.append((f"{folder}/network-policy-agent.log", minute, minutes % a_file or 1))
    rng.shuffle(files)
    yield from files


def write_bundle(file: BinaryIO, *, seed: int = 1, log_bytes: int, form: str = "tar.gz") -> None:
    """Write a bundle; the same arguments give the same bytes."""
    files = bundle_files(seed=seed, log_bytes=log_bytes)
    if form == "zip":
        _write_zip(file, files)
    elif form == "tar":
        _write_tar(file, files)
    else:
        with gzip.GzipFile("", "wb", 1, file, 0) as packed:
            _write_tar(packed, files)


def write_folder(folder: Path, *, seed: int = 1, log_bytes: int) -> None:
    """Write a bundle's files as a folder."""
    for path, piece, times in bundle_files(seed=seed, log_bytes=log_bytes):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_content(path, piece, times))


def _write_tar(file: BinaryIO | gzip.GzipFile, files: Iterator[tuple[str, bytes, int]]) -> None:
    with tarfile.open(fileobj=file, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        root = tarfile.TarInfo("./")
        root.type = tarfile.DIRTYPE
        archive.addfile(root)
        for path, piece, times in files:
            entry = tarfile.TarInfo(f"./{path}")
            if path.endswith(".gz"):
                content = _content(path, piece, times)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            else:
                entry.size = len(piece) * times
                archive.addfile(entry, _Repeated(piece, times))


def _write_zip(file: BinaryIO, files: Iterator[tuple[str, bytes, int]]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path, piece, times in files:
            entry = zipfile.ZipInfo(path, (2026, 1, 10, 10, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as target:
                if path.endswith(".gz"):
                    target.write(_content(path, piece, times))
                    continue
                for number in range(times):
                    target.write(_at_minute(piece, number))


def _content(path: str, piece: bytes, times: int) -> bytes:
    content = b"".join(_at_minute(piece, number) for number in range(times))
    return gzip.compress(content, 1, mtime=0) if path.endswith(".gz") else content


class _Repeated(io.RawIOBase):
    """A piece a number of times, each a minute on, as a file."""

    def __init__(self, piece: bytes, times: int) -> None:
        self._pieces = (_at_minute(piece, number) for number in range(times))
        self._held = b""

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes: as many as asked, until the end."""
        while len(self._held) < size and (piece := next(self._pieces, b"")):
            self._held += piece
        found, self._held = self._held[:size], self._held[size:]
        return found


def _at_minute(piece: bytes, number: int) -> bytes:
    mark = f"2026-01-10T{number // 60 % 24:02}:{number % 60:02}:"
    return piece.replace(_MINUTE_MARK, mark.encode())


def _agent_minute(rng: Random) -> bytes:
    """Write a minute of the agent's log, as v1.3 does at its default level."""
    lines = []
    for number in range(_MINUTE_LINES):
        second = number * 60_000 // _MINUTE_LINES / 1000
        denied = number % _DENY_EVERY == 0
        source, destination, port = rng.choice(_DENIED) if denied else _accepted(rng)
        lines.append(
            f'{{"level":"{"info" if denied else "debug"}","ts":"2026-01-10T10:00:{second:06.3f}Z",'
            f'"caller":"runtime/asm_amd64.s:1700","msg":"Flow Info: Src IP: {source} '
            f"Src Port: {rng.randint(32768, 60999)} Dest IP: {destination} Dest Port: {port} "
            f"Proto TCP Verdict {'DENY' if denied else 'ACCEPT'} "
            'Direction egress, Tier NETWORK_POLICY"}\n'
        )
    return "".join(lines).encode()


def _accepted(rng: Random) -> tuple[str, str, int]:
    source, destination = rng.randint(10, 60), f"10.0.{rng.randint(2, 9)}.{rng.randint(1, 254)}"
    return f"10.0.1.{source}", destination, rng.choice((53, 80, 443, 5432, 8080))


def _small_files(rng: Random) -> dict[str, str]:
    """Write all but the agent's log: small here, whatever their size on a node."""
    hexadecimal = f"{rng.getrandbits(256):064x}"
    containers = {name: _container_log(name) for name in ("aws-node", "aws-eks-nodeagent")}
    logs = "var_log/aws-routed-eni"
    return {
        "system/instance-id.txt": f"{INSTANCE}\n",
        "system/ps.txt": "USER PID\nroot 1\n",
        "kernel/uname.txt": f"Linux {NODE} 6.1.128-136.201.amzn2023.x86_64 #1 SMP x86_64\n",
        "kernel/dmesg.current": "[    0.000000] Linux version 6.1.128\n",
        "kernel/dmesg.human.current": "[Sat Jan 10 08:00:00 2026] Linux version 6.1.128\n",
        "networking/iptables.txt": "Chain INPUT (policy ACCEPT)\n",
        "networking/conntrack.txt": "*** Output of conntrack -S *** \n",
        "networking/ebpf-data.txt": _EBPF_DATA,
        "networking/ebpf-maps-data.txt": _EBPF_MAPS,
        "sysctls/sysctl_all.txt": "net.ipv4.ip_forward = 1\n",
        "ipamd/enis.json": '{"AssignedIPs":3}',
        "cni/10-aws.conflist": '{"cniVersion":"0.4.0"}',
        "storage/mounts.txt": "proc on /proc\n",
        "containerd/containerd-log.txt": "Jan 10 10:00:00 ip-10-0-1-9 containerd[1]: started\n",
        "kubelet/config.json": "{}",
        "kubelet/kubelet.log": f'Jan 10 09:59:00 {NODE} kubelet[2100]: I0110 "Started kubelet"\n',
        "var_log/messages": "Jan 10 09:59:00 ip-10-0-1-9 kernel: eth0: link up\n",
        "var_log/cloud-init.log": "Cloud-init v. 22.2.2\n",
        f"{logs}/ebpf-sdk.log": _LINK_NOT_FOUND,
        f"{logs}/network-policy-agent-2026-01-08T01-00-00.000.log": _MAP_FAILED,
        f"{logs}/ipamd.log": '{"level":"debug","ts":"2026-01-10T09:59:00.000Z","msg":"IP pool"}\n',
        f"{logs}/plugin.log": '{"level":"info","ts":"2026-01-10T09:59:00.000Z","msg":"Received"}\n',
        f"var_log/coredns-abc_kube-system_coredns-{hexadecimal}.log": "2026 stdout F .:53\n",
        **{f"var_log/{POD}_kube-system_{n}-{hexadecimal}.log": t for n, t in containers.items()},
        **{f"var_log/kube-system_{POD}_{UID}/{n}/0.log": t for n, t in containers.items()},
    }


def _container_log(name: str) -> str:
    return f'2026-01-10T09:59:00.000000000Z stdout F time="2026-01-10T09:59:00Z" msg="{name}"\n'


def main(arguments: list[str] | None = None) -> int:
    """Write a bundle of a size and say so."""
    parser = argparse.ArgumentParser(prog="python -m samples.bundle", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--megabytes", type=int, default=10, help="of log text")
    parser.add_argument("--form", choices=FORMS, default="tar.gz")
    parser.add_argument("--out", type=Path, default=Path(FILE_NAME))
    options = parser.parse_args(arguments)
    with options.out.open("wb") as file:
        size = options.megabytes * _MEGABYTE
        write_bundle(file, seed=options.seed, log_bytes=size, form=options.form)
    sys.stdout.write(f"{options.out}: {options.out.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
