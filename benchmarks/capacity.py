"""What DynamoDB bills for requests: write and read units, by the bytes of the items they touch.

The rules are those of its developer guide ("Item sizes and formats", "Capacity unit consumption").
A write counts the larger of an item before and after it, in whole KB, twice in a transaction; a
refused one counts, too. An index counts its own rows, in whole KB, once also in a transaction: the
service reports so where somebody has measured it, its guide does not say. A read counts whole items
in 4 KB, half of that where it may be a moment old.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import boto3

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_WRITE_BYTES: Final = 1024
_READ_BYTES: Final = 4096
_WRITES: Final = frozenset({"PutItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
_METERED: Final = "netpolwatch_metered"

Row = Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class Used:
    """What some requests used.

    Attributes
    ----------
    table, index
        Write units of tables, and of their indexes.
    reads
        Read units.
    requests
        Requests to any service, by operation.
    kinds
        Write units with those of indexes, by the kind of item: what its key begins with.
    """

    table: float = 0
    index: float = 0
    reads: float = 0
    requests: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def writes(self) -> float:
        """Write units of tables and indexes together."""
        return self.table + self.index


@dataclass(frozen=True, slots=True)
class _Write:
    """One item of a request: as it was, and as it is to be; `None` where there is none."""

    table: str
    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True)
class _Index:
    """A secondary index: its keys, and the attributes that its rows hold."""

    keys: tuple[str, ...]
    attributes: frozenset[str]

    def row_of(self, item: Row | None) -> Row | None:
        """Return an item's row; `None` where the index has none of it."""
        if item is None or any(key not in item for key in self.keys):
            return None
        return {name: value for name, value in item.items() if name in self.attributes}

    def units(self, write: _Write) -> int:
        """Return the write units of a change: of a changed key those of a delete and a put."""
        before, after = self.row_of(write.before), self.row_of(write.after)
        if before is None or after is None:
            row = before or after
            return 0 if row is None else units_of(row)
        if any(before[key] != after[key] for key in self.keys):
            return units_of(before) + units_of(after)
        return 0 if before == after else max(units_of(before), units_of(after))


@dataclass(frozen=True, slots=True)
class _Schema:
    """A table's keys and its indexes."""

    keys: tuple[str, ...]
    indexes: tuple[_Index, ...]


def item_bytes(item: Row) -> int:
    """Return the size of an item as DynamoDB counts it."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def units_of(item: Row) -> int:
    """Return the write units of an item."""
    return max(1, -(-item_bytes(item) // _WRITE_BYTES))


def _value_bytes(value: Mapping[str, Any]) -> int:
    """Return the size of a value of the kinds that our items have."""
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "B":
            return len(held)
        case "N":
            # A byte for two digits without zeros around them, and one beside.
            return -(-len(held.strip("-0")) // 2) + 1
        case _:
            message = f"no size is known of values of the kind {kind}"
            raise NotImplementedError(message)


class Meter:
    """Counts what every client of this process's default session uses while it is asked to.

    Make it before those clients: each takes its hooks from the session when it is made.
    """

    def __init__(self) -> None:
        # A session of its own: what the meter asks is not counted.
        self._tables: DynamoDBClient = boto3.session.Session().client("dynamodb")
        self._schemas: dict[str, _Schema] = {}
        self._used: Used | None = None
        self._table: str | None = None
        self._lock = threading.Lock()
        boto3.setup_default_session()
        assert boto3.DEFAULT_SESSION is not None  # noqa: S101  # just set up
        events = boto3.DEFAULT_SESSION.events
        events.register("before-parameter-build.dynamodb", self._before)
        events.register("after-call", self._after)

    @contextmanager
    def counting(self, table: str | None = None) -> Iterator[Used]:
        """Count requests until the block ends; of writes those to one table where it is named."""
        used = Used()
        self._used, self._table = used, table
        try:
            yield used
        finally:
            self._used = None

    def _before(self, params: Any, model: Any, context: Any, **_: object) -> None:  # noqa: ANN401  # botocore's own
        if self._used is not None and model.name in _WRITES:
            context[_METERED] = list(self._writes(model.name, params))
        elif self._used is not None:
            context[_METERED] = params

    def _after(self, model: Any, parsed: Any, context: Any, **_: object) -> None:  # noqa: ANN401  # as above
        used = self._used
        if used is None:
            return
        with self._lock:
            used.requests[model.name] += 1
            if model.service_model.service_name != "dynamodb":
                return
            if model.name in _WRITES:
                self._count_writes(used, model.name, context[_METERED], "Error" in parsed)
            else:
                used.reads += self._read_units(model.name, context[_METERED], parsed)

    def _count_writes(
        self, used: Used, operation: str, writes: Sequence[_Write], refused: bool
    ) -> None:
        times = 2 if operation == "TransactWriteItems" else 1
        for write in writes:
            if self._table not in (None, write.table):
                continue
            touched = [item for item in (write.before, write.after) if item is not None]
            table = times * max(map(units_of, touched), default=1)
            indexes = () if refused else self._schema(write.table).indexes
            index = sum(each.units(write) for each in indexes)
            used.table += table
            used.index += index
            if touched:
                used.kinds[_kind(touched[0])] += table + index

    def _writes(self, operation: str, params: Mapping[str, Any]) -> Iterator[_Write]:
        if operation == "TransactWriteItems":
            for action in params["TransactItems"]:
                ((_, request),) = action.items()
                yield self._write(request["TableName"], request)
        elif operation == "BatchWriteItem":
            for table, requests in params["RequestItems"].items():
                for action in requests:
                    ((_, request),) = action.items()
                    yield self._write(table, request)
        else:
            yield self._write(params["TableName"], params)

    def _write(self, table: str, request: Mapping[str, Any]) -> _Write:
        after = request.get("Item")
        key = request["Key"] if after is None else self._key(table, after)
        before = self._tables.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        return _Write(table, before, after)

    def _read_units(
        self, operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]
    ) -> float:
        if operation == "Query":
            size = sum(map(item_bytes, answer.get("Items", ())))
            return _read_units([size], params.get("ConsistentRead", False))
        if operation == "BatchGetItem":
            return sum(
                _read_units(self._sizes(table, keys["Keys"]), keys.get("ConsistentRead", False))
                for table, keys in params["RequestItems"].items()
            )
        if operation == "GetItem":
            sizes = self._sizes(params["TableName"], [params["Key"]])
            return _read_units(sizes, params.get("ConsistentRead", False))
        return 0

    def _sizes(self, table: str, keys: Sequence[Any]) -> list[int]:
        # The whole item counts, whatever is asked of it.
        found = (self._tables.get_item(TableName=table, Key=key).get("Item") for key in keys)
        return [0 if item is None else item_bytes(item) for item in found]

    def _key(self, table: str, item: Row) -> dict[str, Any]:
        return {name: item[name] for name in self._schema(table).keys}

    def _schema(self, table: str) -> "_Schema":
        if table not in self._schemas:
            described = self._tables.describe_table(TableName=table)["Table"]
            self._schemas[table] = _schema_of(described)
        return self._schemas[table]


def _schema_of(described: Mapping[str, Any]) -> _Schema:
    keys = tuple(each["AttributeName"] for each in described["KeySchema"])
    indexes = described.get("GlobalSecondaryIndexes", ())
    return _Schema(keys, tuple(_index(keys, each) for each in indexes))


def _index(table_keys: Sequence[str], described: Mapping[str, Any]) -> _Index:
    keys = tuple(each["AttributeName"] for each in described["KeySchema"])
    held = described["Projection"].get("NonKeyAttributes", [])
    return _Index(keys, frozenset((*table_keys, *keys, *held)))


def _read_units(sizes: Sequence[int], strong: bool) -> float:
    units = sum(max(1, -(-size // _READ_BYTES)) for size in sizes)
    return units if strong else units / 2


def _kind(item: Row) -> str:
    """Name the kind of an item: of knowledge that of its object, whatever the cluster's name."""
    parts = str(item["pk"]["S"]).split("#")
    return parts[1] if "sk" in item else parts[0]
