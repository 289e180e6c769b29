"""Bundles made to harm whoever unpacks them, each beside a log that is fit to be read."""

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable

LOG = "var_log/aws-routed-eni/network-policy-agent.log"
LINE = (
    b'{"level":"info","ts":"2026-01-10T10:00:00.000Z","caller":"runtime/asm_amd64.s:1700","msg":'
    b'"Flow Info: Src IP: 10.0.1.44 Src Port: 43322 Dest IP: 10.0.3.7 Dest Port: 5432 Proto TCP '
    b'Verdict DENY Direction egress, Tier DEFAULT"}\n'
)
_BOMB_BYTES = 100 * 1024 * 1024
_Member = tuple[str, bytes] | tarfile.TarInfo


def tar_of(*members: _Member) -> bytes:
    """Write members (name and content, or a bare header) as a tar archive."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
                continue
            entry = tarfile.TarInfo(member[0])
            entry.size = len(member[1])
            archive.addfile(entry, io.BytesIO(member[1]))
    return file.getvalue()


def zip_of(*members: tuple[str, bytes]) -> bytes:
    """Write members as a zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """Make the header of a link (to `target`) or a device."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


def traversal() -> bytes:
    """Point out of the archive by names."""
    names = (
        "../../etc/network-policy-agent.log",
        "/var/log/messages",
        "a/../../syslog",
        "..\\x.log",
    )
    return tar_of((LOG, LINE), *((name, LINE) for name in names))


def links() -> bytes:
    """Put links and devices where logs are looked for."""
    return tar_of(
        special("var_log/messages", tarfile.SYMTYPE, "/etc/shadow"),
        special("var_log/syslog", tarfile.LNKTYPE, "../../etc/shadow"),
        special("kernel/dmesg.current", tarfile.CHRTYPE),
        special("var_log/aws-routed-eni/ipamd.log", tarfile.FIFOTYPE),
        (LOG, LINE),
    )


def many_members(count: int = 100_000) -> bytes:
    """List far more members than a node has files; gzipped."""
    block = tar_of(("x/f.log", b""))[:512]
    return gzip.compress(tar_of((LOG, LINE))[:1024] + block * count + bytes(1024), 1)


def nested(depth: int = 10) -> bytes:
    """Put archives into archives."""
    content = tar_of((LOG, LINE))
    for _ in range(depth):
        content = tar_of(("inner.tar.gz", gzip.compress(content)), (LOG, LINE))
    return content


def wrapped(layers: int = 50) -> bytes:
    """Gzip gzip, as a file that inflates to itself would."""
    content = LINE
    for _ in range(layers):
        content = gzip.compress(content)
    return content


def bomb_in_tar() -> bytes:
    """Let a rotated file inflate a thousandfold."""
    bomb = gzip.compress(bytes(_BOMB_BYTES))
    return tar_of((LOG.replace(".log", "-2026-01-09T10-00-00.000.log.gz"), bomb), (LOG, LINE))


def bomb() -> bytes:
    """Let the archive itself inflate a thousandfold."""
    return gzip.compress(tar_of((LOG, LINE), ("var_log/messages", bytes(_BOMB_BYTES))))


def lying_zip() -> bytes:
    """Claim sizes that are not so: a byte, where there are thousands."""
    whole = bytearray(zip_of((LOG, LINE * 1000), ("var_log/messages", LINE)))
    entry = whole.index(b"PK\x01\x02")
    struct.pack_into("<L", whole, entry + 24, 1)
    struct.pack_into("<L", whole, 22, 1)
    return bytes(whole)


def encrypted_zip() -> bytes:
    """Mark every member as encrypted."""
    whole = bytearray(zip_of((LOG, LINE)))
    for sign, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        whole[whole.index(sign) + offset] |= 1
    return bytes(whole)


def strange_names() -> bytes:
    """Name members so that a terminal shows something else."""
    names = ("a\x1b[2Jb/messages", "\u202egol.dmapi/messages", "new\nline/messages")
    return tar_of((LOG, LINE), *((name, LINE) for name in names))


def truncated() -> bytes:
    """Break off within a member."""
    return gzip.compress(tar_of((LOG, LINE * 10_000)))[:-200]


def huge_header() -> bytes:
    """Announce a PAX header of terabytes."""
    header = bytearray(tar_of(("x", b""))[:512])
    header[124:136] = b"\x80" + (2**42).to_bytes(11, "big")
    header[156:157] = b"x"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return tar_of((LOG, LINE))[:1024] + bytes(header)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "traversal": traversal, "links": links, "many-members": many_members, "nested": nested,
    "bomb-in-tar": bomb_in_tar, "bomb": bomb, "lying-zip": lying_zip, "names": strange_names,
    "truncated": truncated, "huge-header": huge_header,
}  # fmt: skip
"""Those of which a log can still be read."""

REFUSED: dict[str, Callable[[], bytes]] = {"wrapped": wrapped, "encrypted-zip": encrypted_zip}
"""Those of which nothing can."""
