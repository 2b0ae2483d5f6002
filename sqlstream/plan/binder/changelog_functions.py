"""TO_CHANGELOG and FROM_CHANGELOG in FROM, with the arguments and errors that Flink gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from sqlstream.columnar.batch import RowKind
from sqlstream.errors import SqlError
from sqlstream.plan.binder.suggestions import did_you_mean
from sqlstream.plan.logical import FromChangelog, LogicalNode, ToChangelog
from sqlstream.sql.nodes import TableArgument
from sqlstream.sql.positions import position_of
from sqlstream.types.logical import CHARACTER_TYPES, STRING
from sqlstream.types.schema import Field, Schema

_NAMES = ("TO_CHANGELOG", "FROM_CHANGELOG")
_PARAMETERS = ("INPUT", "OP", "OP_MAPPING")
_DEFAULT_OP = "op"
_KINDS = {kind.name: kind for kind in RowKind}


def is_changelog_function(name: str) -> bool:
    """Whether ``name(...)`` in FROM is one of them."""
    return name.upper() in _NAMES


def changelog_arguments(call: exp.Expression) -> dict[str, exp.Expression]:
    """The arguments by parameter, in upper case; the table is at INPUT. SqlError where they are not those there are."""
    name = call.name.upper()
    given: dict[str, exp.Expression] = {}
    for index, argument in enumerate(call.expressions):
        if isinstance(argument, exp.Kwarg | exp.PropertyEQ):
            key, value = argument.this.name.upper(), argument.expression
        else:
            key, value = _PARAMETERS[min(index, len(_PARAMETERS) - 1)], argument
        if key not in _PARAMETERS or key in given:
            raise SqlError(
                f"{name} has no parameter '{key.lower()}'." if key not in given else f"'{key.lower()}' is given twice.",
                position=position_of(argument),
                hint=did_you_mean(key.lower(), [p.lower() for p in _PARAMETERS], "Parameters"),
            )
        given[key] = value
    table = given.get("INPUT")
    if not isinstance(table, TableArgument | exp.Subquery):
        raise SqlError(
            f"First argument must be a table for {name}.",
            position=position_of(call),
            hint=f"Write {name}(input => TABLE t).",
        )
    if table.args.get("partition_by"):
        raise SqlError(
            f"Only tables with set semantics may be partitioned. Invalid PARTITION BY clause in {name}.",
            position=position_of(table) or position_of(call),
            hint="Leave PARTITION BY out: each row is taken for itself.",
        )
    return given


def bind_changelog_function(
    call: exp.Expression, arguments: Mapping[str, exp.Expression], input: LogicalNode
) -> LogicalNode:
    """The function over ``input``. SqlError where its arguments do not fit."""
    op = _op_column(call, arguments.get("OP"))
    mapping = _mapping(arguments.get("OP_MAPPING"))
    if call.name.upper() == _NAMES[0]:
        return _to_changelog(call, input, op, mapping)
    return _from_changelog(arguments.get("OP", call), input, op, mapping)


def _to_changelog(
    call: exp.Expression, input: LogicalNode, op: str, mapping: Sequence[tuple[str, str, exp.Expression]] | None
) -> ToChangelog:
    codes: dict[RowKind, str] = {}
    for names, code, node in mapping or [(kind, kind, call) for kind in _KINDS]:
        for kind in _kinds(names, node):
            if kind in codes:
                raise _duplicate(kind, node, "")
            codes[kind] = code
    if input.schema.index_of(op) is not None:
        raise SqlError(
            f"Field names must be unique. Found duplicates: [{op}]",
            position=position_of(call),
            hint="Give the column of operations another name: op => DESCRIPTOR(my_op).",
        )
    schema = Schema((Field(op, STRING), *input.schema))
    return ToChangelog(input, tuple(codes.get(kind) for kind in RowKind), schema)


def _from_changelog(
    node: exp.Expression, input: LogicalNode, op: str, mapping: Sequence[tuple[str, str, exp.Expression]] | None
) -> FromChangelog:
    column = input.schema.index_of(op)
    if column is None:
        raise SqlError(
            f"The op column '{op}' does not exist in the input schema.",
            position=position_of(node),
            hint=did_you_mean(op, input.schema.names, "Columns"),
        )
    if not isinstance(input.schema[column].type, CHARACTER_TYPES):
        raise SqlError(
            f"The op column '{op}' must be of STRING type, but was '{input.schema[column].type}'.",
            position=position_of(node),
            hint=f"CAST({op} AS STRING) in a sub-query.",
        )
    kinds: dict[str, RowKind] = {}
    for codes, name, where in mapping or [(kind, kind, node) for kind in _KINDS]:
        (kind,) = _kinds(name, where)
        if kind in kinds.values():
            raise _duplicate(
                kind, where,
                " Use comma-separated keys to map multiple codes to the same operation (e.g., MAP['c, r', 'INSERT']).",
            )  # fmt: skip
        kinds |= {code.strip(): kind for code in codes.split(",")}
    if RowKind.UPDATE_AFTER in kinds.values() and RowKind.UPDATE_BEFORE not in kinds.values():
        raise SqlError(
            "The 'op_mapping' must include UPDATE_BEFORE for retract mode. Upsert mode (without UPDATE_BEFORE) is not "
            "supported in this version.",
            position=position_of(node),
            hint="Map the code of what a row was to 'UPDATE_BEFORE'.",
        )
    rest = Schema(tuple(field for i, field in enumerate(input.schema) if i != column))
    return FromChangelog(input, column, tuple((code, int(kind)) for code, kind in kinds.items()), rest)


def _op_column(call: exp.Expression, descriptor: exp.Expression | None) -> str:
    if descriptor is None:
        return _DEFAULT_OP
    columns = descriptor.expressions if descriptor.name.upper() == "DESCRIPTOR" else []
    if len(columns) != 1 or not isinstance(columns[0], exp.Column):
        raise SqlError(
            "The descriptor for argument 'op' must contain exactly one column name.",
            position=position_of(descriptor) or position_of(call),
            hint="Write op => DESCRIPTOR(my_op).",
        )
    return str(columns[0].name)


def _mapping(node: exp.Expression | None) -> list[tuple[str, str, exp.Expression]] | None:
    """The pairs of the MAP literal, each with where it stands; None without one."""
    if node is None:
        return None
    parts = node.expressions if node.name.upper() == "MAP" else []
    if not parts or len(parts) % 2 or not all(isinstance(part, exp.Literal) and part.is_string for part in parts):
        raise SqlError(
            "The 'op_mapping' argument must be a constant MAP literal.",
            position=position_of(node),
            hint="Write op_mapping => MAP['INSERT', 'I', 'DELETE', 'D'], as texts in quotes.",
        )
    return [(key.name, value.name, key) for key, value in zip(parts[::2], parts[1::2], strict=True)]


def _kinds(names: str, node: exp.Expression) -> Iterator[RowKind]:
    for name in (part.strip() for part in names.split(",")):
        if name not in _KINDS:
            raise SqlError(
                f"Invalid target mapping for argument 'op_mapping'. Unknown change operation: '{name}'. "
                f"Valid values are: [{', '.join(_KINDS)}].",
                position=position_of(node),
                hint=did_you_mean(name, list(_KINDS), "Operations"),
            )
        yield _KINDS[name]


def _duplicate(kind: RowKind, node: exp.Expression, more: str) -> SqlError:
    return SqlError(
        f"Invalid target mapping for argument 'op_mapping'. Duplicate change operation: '{kind.name}'.{more}",
        position=position_of(node),
        hint="Name each operation once.",
    )
