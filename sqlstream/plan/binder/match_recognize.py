"""Binding MATCH_RECOGNIZE, checked as Flink checks it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from sqlstream.errors import PlanError, SqlError
from sqlstream.plan.binder.computed_columns import ComputedColumns
from sqlstream.plan.binder.literals import interval
from sqlstream.plan.binder.ordering import sort_key
from sqlstream.plan.binder.pattern_expressions import PatternBinder, PatternScope
from sqlstream.plan.binder.scope import Scope, unique_names
from sqlstream.plan.binder.suggestions import did_you_mean
from sqlstream.plan.expression_traits import is_proctime
from sqlstream.plan.expressions import InputRef
from sqlstream.plan.logical import LogicalNode, MatchRecognize
from sqlstream.plan.physical import SortKey
from sqlstream.plan.row_pattern import PatternElement, PatternExpression, SkipKind, SkipStrategy
from sqlstream.sql.match_recognize import UNBOUNDED
from sqlstream.sql.nodes import MatchedTable, PatternVariable
from sqlstream.sql.positions import position_of
from sqlstream.types.logical import DayTimeIntervalType
from sqlstream.types.schema import Field, Schema, TimeAttribute


def bind_match_recognize(node: MatchedTable, input: LogicalNode, scope: Scope) -> MatchRecognize:
    """``node`` over ``input``, whose columns ``scope`` names. Raises SqlError or PlanError."""
    if node.args.get("all_rows") is not None:
        raise PlanError(
            "ALL ROWS PER MATCH is not supported.",
            position=position_of(node.args["all_rows"]),
            hint="Write ONE ROW PER MATCH, and MEASURES for what is wanted of the rows.",
        )
    pattern = _pattern(node.args["pattern"])
    names = tuple(element.name for element in pattern)
    columns = ComputedColumns(input)
    partition = tuple(_column(part, scope, columns) for part in node.args.get("partition_by") or [])
    time_column, order = _order(node, scope, columns)
    variables = PatternScope(columns, names)
    define = _define(node, variables)
    measures, measure_fields = _measures(node, variables)
    within = None if node.args.get("within") is None else _within(node.args["within"])
    row = columns.project()
    fields = [row.schema[column] for column in partition] + measure_fields
    if not fields:
        raise PlanError("MATCH_RECOGNIZE without PARTITION BY and MEASURES has no columns.", position=position_of(node),
                        hint="Add MEASURES LAST(A.x) AS x.")  # fmt: skip
    unique = unique_names(field.name for field in fields)
    schema = Schema(tuple(Field(name, f.type, f.time) for name, f in zip(unique, fields, strict=True)))
    return MatchRecognize(
        row, partition, time_column, order, pattern, define, measures, _skip(node, names), within, schema,
        position_of(node),
    )  # fmt: skip


def _pattern(nodes: Sequence[PatternVariable]) -> tuple[PatternElement, ...]:
    elements: list[PatternElement] = []
    for node in nodes:
        name, least, most = node.name, node.args["low"], node.args["high"]
        if any(element.name == name for element in elements):
            raise PlanError(
                "Pattern variables must be unique.", position=position_of(node),
                hint=f"Give the second {name} another name, and both the same DEFINE.",
            )  # fmt: skip
        greedy = not node.args["reluctant"]
        if not greedy and (least, most) == (0, 1):
            raise PlanError(f"A reluctant optional variable ({name}??) is not supported.", position=position_of(node),
                            hint=f"Write {name}?, or two queries: with {name} and without.")  # fmt: skip
        if most == 0 or (most != UNBOUNDED and most < least):
            raise SqlError(f"The quantifier of {name} allows no number of rows.", position=position_of(node))
        elements.append(PatternElement(name, least, None if most == UNBOUNDED else most, greedy))
    if all(element.least == 0 for element in elements):
        raise PlanError(
            "A pattern that no row can match is not supported.", position=position_of(nodes[0]) if nodes else None,
            hint="Let one variable take a row at least: A+ instead of A*.",
        )  # fmt: skip
    last = elements[-1]
    if last.keeps_rows:
        raise PlanError(
            "Greedy quantifiers are not allowed as the last element of a pattern.",
            position=position_of(nodes[-1]),
            hint=f"Finish it with a simple variable, or make the quantifier reluctant: {last}?.",
        )
    return tuple(elements)


def _column(node: exp.Expression, scope: Scope, columns: ComputedColumns) -> int:
    if not isinstance(node, exp.Column):
        raise PlanError("PARTITION BY and ORDER BY of MATCH_RECOGNIZE take columns.", position=position_of(node),
                        hint="Compute it in a sub-query, and name its column.")  # fmt: skip
    reference, _ = scope.resolve([part.name for part in node.parts], position_of(node))
    return columns.add(reference)


def _order(node: MatchedTable, scope: Scope, columns: ComputedColumns) -> tuple[int, tuple[SortKey, ...]]:
    order = node.args.get("order")
    items = order.expressions if order is not None else []
    keys = [sort_key(item, _column(item.this, scope, columns)) for item in items]
    first = columns.expressions[keys[0].column] if keys else None
    if not isinstance(first, InputRef) or columns.input.schema[first.index].time is None:
        raise PlanError(
            "You must specify either rowtime or proctime for order by as the first one.",
            position=position_of(items[0].this if items else node),
            hint="ORDER BY a column with a WATERMARK, or one computed by PROCTIME().",
        )
    if keys[0].descending:
        raise PlanError(
            "Primary sort order of a streaming table must be ascending on time.", position=position_of(items[0]),
            hint="Leave DESC out.",
        )  # fmt: skip
    return keys[0].column, tuple(keys[1:])


def _define(node: MatchedTable, variables: PatternScope) -> tuple[PatternExpression | None, ...]:
    conditions: dict[str, PatternExpression] = {}
    for definition in node.args["define"]:
        name = definition.alias
        if name not in variables.variables:
            raise SqlError(
                f"Pattern variable '{name}' is not in PATTERN.", position=position_of(definition.args["alias"]),
                hint=did_you_mean(name, variables.variables, "Variables"),
            )  # fmt: skip
        if name in conditions:
            raise SqlError(f"Pattern variable '{name}' is defined twice.", position=position_of(definition))
        binder = PatternBinder(variables.scope, "DEFINE", pattern=variables)
        conditions[name] = binder.bind_pattern(definition.this, condition=True)
    return tuple(conditions.get(name) for name in variables.variables)


def _measures(node: MatchedTable, variables: PatternScope) -> tuple[tuple[PatternExpression, ...], list[Field]]:
    measures: list[PatternExpression] = []
    fields: list[Field] = []
    for measure in node.args.get("measures") or []:
        aliased = measure.this
        if measure.args.get("window_frame") == "RUNNING":
            raise PlanError("RUNNING is not supported in MEASURES.", position=position_of(aliased.this),
                            hint="There is one row per match, whose values are final: leave it out.")  # fmt: skip
        bound = PatternBinder(variables.scope, "MEASURES", pattern=variables).bind_pattern(
            aliased.this, condition=False
        )
        measures.append(bound)
        fields.append(Field(aliased.alias, bound.expression.type, _time(aliased.this, bound)))
    return tuple(measures), fields


def _time(node: exp.Expression, measure: PatternExpression) -> TimeAttribute | None:
    if is_proctime(measure.expression):
        return TimeAttribute.PROCTIME
    return TimeAttribute.ROWTIME if isinstance(node, exp.Anonymous) and node.name.upper() == "MATCH_ROWTIME" else None


def _skip(node: MatchedTable, names: Sequence[str]) -> SkipStrategy:
    """As Flink's parser has it: without AFTER MATCH, TO NEXT ROW."""
    skip = node.args.get("skip")
    if skip is None:
        return SkipStrategy(SkipKind.TO_NEXT_ROW)
    variable = skip.this
    if variable is None:
        return SkipStrategy(SkipKind(f"SKIP {skip.args['kind']}"))
    if variable.name not in names:
        raise SqlError(
            f"Pattern variable '{variable.name}' is not in PATTERN.", position=position_of(variable),
            hint=did_you_mean(variable.name, names, "Variables"),
        )  # fmt: skip
    return SkipStrategy(SkipKind(f"SKIP {skip.args['kind']}"), names.index(variable.name))


def _within(node: exp.Interval) -> int:
    literal = interval(node)
    if not isinstance(literal.type, DayTimeIntervalType) or int(literal.value or 0) <= 0:
        raise PlanError(
            "WITHIN takes a positive interval of days, hours, minutes or seconds.", position=position_of(node),
            hint="Write WITHIN INTERVAL '10' MINUTE.",
        )  # fmt: skip
    return int(literal.value or 0)
