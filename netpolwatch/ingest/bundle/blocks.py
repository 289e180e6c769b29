"""Content in chunks becomes blocks of whole lines."""

from collections.abc import Iterator

import msgspec

from netpolwatch.ingest.bundle.members import Member


class Block(msgspec.Struct, frozen=True):
    """Whole lines of one member, about 256 KB of them.

    Attributes
    ----------
    first_line
        Number of its first line in the run, from 1.
    data
        The lines with their ends; only a member's last may have none.
    """

    member: Member
    first_line: int
    data: bytes


def whole_lines(chunks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """Regroup chunks so that each ends at a line's end; a line's part beyond `limit` is lost."""
    begun: list[bytes] = []
    held = 0
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            # The line may have gone beyond the limit already: then nothing of it is kept.
            begun.append(chunk[: max(0, limit - held)])
            held = min(limit, held + len(chunk))
            continue
        if begun:
            first = chunk.index(b"\n") + 1
            begun.append(chunk[: max(0, limit - held)][: first - 1])
            yield b"".join((*begun, b"\n", chunk[first:cut]))
        else:
            yield chunk[:cut] if cut < len(chunk) else chunk
        rest = chunk[cut:]
        begun, held = ([rest], len(rest)) if rest else ([], 0)
    if held:
        yield b"".join(begun)
