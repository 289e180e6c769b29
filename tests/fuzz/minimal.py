"""A failing input, made small."""

from tests.fuzz.registry import Check


def failure(check: Check, data: bytes) -> Exception | None:
    """Run a check; the exception that it raises, if any."""
    try:
        check(data)
    except Exception as error:  # noqa: BLE001  # any exception is a finding
        return error
    return None


def minimal(check: Check, data: bytes) -> bytes:
    """Leave out bytes as long as the check fails with the same type of exception."""
    kind = type(failure(check, data))
    size = max(1, len(data) // 2)
    while size:
        smaller = _without_a_piece(check, data, size, kind)
        if smaller is None:
            size //= 2
        else:
            data = smaller
    return data


def _without_a_piece(check: Check, data: bytes, size: int, kind: type) -> bytes | None:
    for start in range(0, len(data), size):
        candidate = data[:start] + data[start + size :]
        if type(failure(check, candidate)) is kind:
            return candidate
    return None
