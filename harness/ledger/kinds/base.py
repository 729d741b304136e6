"""What a witness can write: columns, and a closed set of kinds of rows.

A *kind* is a frozen struct, and its name in the file is its tag. A field is the column of the same
name (``field(name=…)`` gives a column a name with its unit). What has no column of its own travels
in ``detail``: a field called ``detail`` there is the whole of it, as text or as JSON, and any other
fields are the members of one JSON object. A field with a default may be absent from the file.

Every kind is checked against its witness's columns when this package is imported, so that the
types, the Arrow schemas and docs/ledger-format.md cannot differ.
"""

from __future__ import annotations

import enum
import json
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
import pyarrow as pa

from harness.core.errors import HarnessError

DETAIL = "detail"
KIND = "kind"

Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""A number of things that fits into a column of 32 bits."""

_INTEGERS = (pa.int32(), pa.int64())


class _Frozen(msgspec.StructMeta):
    """Makes structs that are frozen and take their fields by name, without saying so each time."""

    def __new__(
        mcls, name: str, bases: tuple[type, ...], body: dict[str, Any], **config: Any
    ) -> Any:
        config = {"frozen": True, "kw_only": True, **config}
        return super().__new__(mcls, name, bases, body, **config)


@typing.dataclass_transform(
    frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,)
)
class LedgerRow(msgspec.Struct, metaclass=_Frozen, frozen=True):
    """One row of a witness, without its times; the base of every kind."""

    def gap(self) -> str:
        """Return what the row says is missing from the evidence; empty where it says nothing."""
        return ""


R = TypeVar("R", bound=LedgerRow)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a witness's file: its name, its Arrow type, and its unit and meaning.

    ``is_new``: files of older harnesses do not have it, which is no gap in the evidence.
    """

    name: str
    type: pa.DataType
    about: str
    is_new: bool = False


MONO_NS = Column("mono_ns", pa.int64(), "when it happened, ns of CLOCK_MONOTONIC")
WALL_NS = Column("wall_ns", pa.int64(), "when it happened, ns since the epoch")
KIND_COLUMN = Column(KIND, pa.string(), "which kind of row it is")
IDS = pa.list_(pa.string())


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a kind: its attribute, its name in the file and how it gets there.

    ``column`` is None for a member of the JSON object in ``detail``. ``required``: the kind says
    nothing without it; ``may_be_null``: it must be given, though it may be None. ``values`` are the
    only ones that are allowed, None where any of its type is; a number lies in ``bounds``, if any.
    """

    attribute: str
    name: str
    column: Column | None
    type: Any
    about: str
    required: bool
    may_be_null: bool
    default: Any
    values: frozenset[str] | None
    bounds: tuple[float, float] | None

    def to_file(self, value: Any) -> Any:
        """Return a value as the column takes it. Raises ValueError for one that is not allowed."""
        if value is None or self.column is None:
            return value
        if self.column.name == DETAIL:
            return value if self.type is str else encoded(value)
        if isinstance(value, enum.Enum):
            value = value.value
        if self.values is not None and value not in self.values:
            raise ValueError(f"{self.name} cannot be {value!r}")
        if self.column.type == pa.float64():
            return float(value)
        return int(value) if isinstance(value, bool) else value

    def from_file(self, value: Any) -> Any:
        """Return what a column holds as ``msgspec.convert`` takes it. Raises ValueError."""
        if value is None or self.column is None or self.type is str:
            return value
        if self.column.name == DETAIL:
            return msgspec.json.decode(value)
        if self.type is bool:
            return bool(value)
        if self.type is int and isinstance(value, float) and value.is_integer():
            return int(value)
        return value


class Kind(Generic[R]):
    """One kind of row: its struct, and how its fields become columns and come back."""

    def __init__(self, type_: type[R], columns: Mapping[str, Column]) -> None:
        self.type = type_
        self.name = name_of(type_)
        self.about = _sentence(type_.__doc__)
        self.fields = tuple(_field(type_, one, columns) for one in msgspec.structs.fields(type_))
        self.columns = tuple(one for one in self.fields if one.column)
        self.members = tuple(one for one in self.fields if not one.column)
        if self.members and (
            DETAIL not in columns or any(one.name == DETAIL for one in self.columns)
        ):
            raise TypeError(f"{type_.__name__}: no column for {self.members[0].attribute}")

    @property
    def has_json(self) -> bool:
        """Return whether its ``detail`` is JSON."""
        return bool(self.members) or any(
            one.name == DETAIL and one.type is not str for one in self.columns
        )

    def cells(self, row: R) -> dict[str, Any]:
        """Return column → value. Raises TypeError or ValueError for what JSON cannot hold."""
        cells = {one.name: one.to_file(getattr(row, one.attribute)) for one in self.columns}
        if self.members:
            values = {one.name: getattr(row, one.attribute) for one in self.members}
            known = {
                one.name: values[one.name]
                for one in self.members
                if one.required or one.may_be_null or values[one.name] != one.default
            }
            cells[DETAIL] = encoded(known) if known else None
        return cells

    def row(self, cells: Mapping[str, Any]) -> R:
        """Return the row that these columns hold; others are ignored.

        Raises ValueError (msgspec.ValidationError names the field) when they hold none.
        """
        found = {
            one.name: one.from_file(cells.get(one.name))
            for one in self.columns
            if one.may_be_null or cells.get(one.name) is not None
        }
        if self.members and cells.get(DETAIL) is not None:
            values = msgspec.json.decode(cells[DETAIL])
            if not isinstance(values, dict):
                raise ValueError("detail is not a JSON object")
            found |= {one.name: values[one.name] for one in self.members if one.name in values}
        return msgspec.convert(found, self.type)


class Witness(Generic[R]):
    """A witness: its name, which is its file's, its columns, and its closed set of kinds.

    The kinds are the subclasses of ``row`` with a tag that stand in the same module; a witness
    whose ``row`` has none has one kind of row, ``row`` itself. ``kinds_in`` tells them apart where
    no column ``kind`` does.
    """

    def __init__(
        self,
        name: str,
        row: type[R],
        columns: Sequence[Column],
        *,
        kinds_in: Callable[[pa.RecordBatch], pa.Array] | None = None,
    ) -> None:
        self.name = name
        self.row = row
        self.about = _sentence(row.__doc__)
        self.columns = tuple(columns)
        self.schema = pa.schema([(one.name, one.type) for one in columns])
        payload = {c.name: c for c in columns if c not in (MONO_NS, WALL_NS, KIND_COLUMN)}
        mine = [one for one in leaves(row) if one.__module__ == row.__module__]
        kinds = [Kind(one, payload) for one in mine]
        self.kinds: Mapping[str, Kind[R]] = {kind.name: kind for kind in kinds}
        self._by_type: Mapping[type, Kind[R]] = {kind.type: kind for kind in kinds}
        self._kinds_in = kinds_in
        if len(self.kinds) < len(kinds):
            raise TypeError(f"two kinds of the {name} witness have one name")
        filled = {one.name for kind in kinds for one in kind.columns}
        filled |= {DETAIL for kind in kinds if kind.members}
        if empty := sorted(payload.keys() - filled):
            raise TypeError(f"no kind of the {name} witness has a field for {', '.join(empty)}")

    def kind_of(self, type_: type[LedgerRow]) -> Kind[R]:
        """Return a kind by its type. Raises HarnessError when it is none of this witness."""
        try:
            return self._by_type[type_]
        except KeyError:
            raise HarnessError(
                f"{type_.__name__} is no kind of row of the {self.name} witness"
            ) from None

    def kinds_in(self, batch: pa.RecordBatch) -> pa.Array:
        """Return the name of each row's kind."""
        if self._kinds_in is not None:
            return self._kinds_in(batch)
        if KIND in self.schema.names:
            return batch.column(KIND)
        return pa.repeat(name_of(self.row), batch.num_rows)

    def with_kinds(self, table: pa.Table) -> pa.Table:
        """Return the table with a column ``kind`` where the file has none and the kinds differ."""
        if KIND in table.schema.names or len(self.kinds) < 2:
            return table
        chunks = [self.kinds_in(batch) for batch in table.to_batches()]
        return table.append_column(KIND, pa.chunked_array(chunks, pa.string()))

    def batch(
        self, type_: type[LedgerRow], columns: Mapping[str, Any], rows: int
    ) -> pa.RecordBatch:
        """Return many rows of one kind, given by column (times too), as a batch of this witness.

        Raises HarnessError for a type that is no kind of it, for a column that the kind does not
        have, and for one that it needs and is not given.
        """
        kind = self.kind_of(type_)
        given = dict(columns)
        if KIND in self.schema.names:
            given[KIND] = pa.repeat(kind.name, rows)
        allowed = {one.name for one in kind.columns} | {MONO_NS.name, WALL_NS.name, KIND}
        if kind.members:
            allowed.add(DETAIL)
        needed = {one.name for one in kind.columns if one.required} | {MONO_NS.name, WALL_NS.name}
        if wrong := sorted((given.keys() - allowed) | (needed - given.keys())):
            raise HarnessError(f"{type_.__name__} does not have just these: {', '.join(wrong)}")
        arrays = [
            pa.array(given[field.name], type=field.type)
            if field.name in given
            else pa.nulls(rows, type=field.type)
            for field in self.schema
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def name_of(type_: type[LedgerRow]) -> str:
    """Return the name of a kind in the column ``kind``."""
    return str(type_.__struct_config__.tag or "")


def names_of(types_: Iterable[type[LedgerRow]]) -> set[str]:
    """Return the names of some kinds, and of every kind below a base of several."""
    return {name_of(leaf) for one in types_ for leaf in leaves(one)}


def encoded(value: Any) -> str:
    """Return a value as JSON text; half a surrogate pair, which no UTF-8 can hold, as ``?``.

    Raises TypeError for what JSON cannot hold.
    """
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        plain = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
        return plain.encode("utf-8", "replace").decode()


def _bare(hint: Any) -> Any:
    """Return a type without its annotations and without None."""
    while typing.get_origin(hint) is Annotated:
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        some = [one for one in typing.get_args(hint) if one is not type(None)]
        if len(some) == 1:
            return _bare(some[0])
    return hint


def _is_nullable(hint: Any) -> bool:
    while typing.get_origin(hint) is Annotated:
        hint = typing.get_args(hint)[0]
    return hint is not Any and type(None) in typing.get_args(hint)


def _default(one: msgspec.structs.FieldInfo) -> Any:
    if one.default_factory is not msgspec.NODEFAULT:
        return one.default_factory()
    return None if one.default is msgspec.NODEFAULT else one.default


def leaves(type_: type[R]) -> list[type[R]]:
    """Return the kinds below a base, or the type itself where nothing is below it."""
    below = type_.__subclasses__()
    return [leaf for one in below for leaf in leaves(one)] if below else [type_]


def _field(
    kind: type[LedgerRow], one: msgspec.structs.FieldInfo, columns: Mapping[str, Column]
) -> Field:
    column, plain = columns.get(one.encode_name), _bare(one.type)
    nullable = _is_nullable(one.type)
    if column is not None and not _fits(plain, column):
        raise TypeError(f"{kind.__name__}.{one.name} does not fit the column {column.name}")
    return Field(
        attribute=one.name,
        name=one.encode_name,
        column=column,
        type=plain,
        about=_description(one.type) or (column.about if column else ""),
        required=one.required and not nullable,
        may_be_null=one.required and nullable,
        default=_default(one),
        values=_values(plain),
        bounds=_bounds(one.type),
    )


def _fits(plain: Any, column: Column) -> bool:
    if column.name == DETAIL:
        return True
    if plain in (str, int, float, bool):
        fitting = {
            str: (pa.string(),),
            int: (*_INTEGERS, pa.float64()),
            float: (pa.float64(),),
            bool: _INTEGERS,
        }
        return column.type in fitting[plain]
    if plain == tuple[str, ...]:
        return bool(column.type == IDS)
    return _values(plain) is not None and column.type == pa.string()


def _values(plain: Any) -> frozenset[str] | None:
    if isinstance(plain, type) and issubclass(plain, enum.Enum):
        return frozenset(str(one.value) for one in plain)
    if typing.get_origin(plain) is Literal:
        return frozenset(typing.get_args(plain))
    return None


def _bounds(hint: Any) -> tuple[float, float] | None:
    for one in typing.get_args(hint):
        if isinstance(one, msgspec.Meta) and one.ge is not None and one.le is not None:
            return one.ge, one.le
        if found := _bounds(one):
            return found
    return None


def _description(hint: Any) -> str:
    for one in typing.get_args(hint):
        if isinstance(one, msgspec.Meta) and one.description:
            return one.description
        if found := _description(one):
            return found
    return ""


def _sentence(doc: str | None) -> str:
    return " ".join((doc or "").replace("``", "`").split())
