"""In how many ways through a bundle its rotated files come in the order of time.

An archive's members lie in any order (`tar` takes a folder's as they come), and one that is
compressed can only be read forwards.
"""

from collections.abc import Sequence

from netpolwatch.ingest.bundle.members import Member, turn_of


def plan_sweeps(members: Sequence[Member], limit: int) -> list[frozenset[int]]:
    """Share the members out over sweeps, so that each log's files come oldest first.

    Each log's files, in order, are split where one lies before its predecessor in the bundle: the
    first run is read in the first sweep, and so on. All that is left goes into the last of `limit`.
    """
    logs: dict[str, list[Member]] = {}
    for member in members:
        logs.setdefault(turn_of(member.path).log, []).append(member)
    sweeps: list[set[int]] = []
    for files in logs.values():
        place, last = 0, -1
        for member in sorted(files, key=lambda file: (turn_of(file.path), file.number)):
            if member.number < last:
                place = min(place + 1, limit - 1)
            last = member.number
            while len(sweeps) <= place:
                sweeps.append(set())
            sweeps[place].add(member.number)
    return [frozenset(numbers) for numbers in sweeps]
