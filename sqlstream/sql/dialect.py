"""Flink's SQL dialect for sqlglot, registered as ``flink``.

Nodes a reader of its trees meets:

========================================  ===========================================================================
SQL                                       node
========================================  ===========================================================================
``f(a, b)``, any function at all          ``exp.Anonymous(this="f", expressions=[a, b])``; the name as written, an
                                          ``exp.Identifier`` where it was quoted; ``CURRENT_DATE`` and the like too
``cat.db.f(x)``                           ``exp.Dot`` chain ending in that exp.Anonymous
``ARRAY[1, 2]``, ``MAP[k, v]``, ``ROW(..)``  exp.Anonymous ``ARRAY``, ``MAP``, ``ROW``
``EXTRACT(DAY FROM x)``                   exp.Anonymous ``EXTRACT`` [exp.Var ``DAY``, x]
``FLOOR(x TO DAY)``, ``CEIL``, ``CEILING``  exp.Anonymous [x, exp.Var ``DAY``]; without TO only [x]
``TIMESTAMPADD(DAY, n, x)``, ``..DIFF``   exp.Anonymous [exp.Var ``DAY``, n, x]
``TRIM(BOTH c FROM x)``, ``TRIM(x)``      exp.Anonymous ``TRIM`` [exp.Var ``BOTH``, c, x]; [x]
``POSITION(a IN b)``                      exp.Anonymous ``POSITION`` [a, b]
``SUBSTRING(a FROM b FOR c)``             exp.Anonymous ``SUBSTRING`` [a, b, c]
``OVERLAY(a PLACING b FROM c FOR d)``     exp.Anonymous ``OVERLAY`` [a, b, c, d]
``COUNT(*)``, ``COUNT(DISTINCT x)``       exp.Anonymous ``COUNT`` [exp.Star] or [exp.Distinct(expressions=[x])]
``f(x) FILTER (WHERE c)``                 exp.Filter(this=call, expression=exp.Where)
``f(x) OVER (..)``                        exp.Window; IGNORE NULLS wraps the call in exp.IgnoreNulls
``CAST(x AS T)``, ``TRY_CAST``            exp.Cast / exp.TryCast; ``to`` is an exp.DataType, see data_types.logical_type
``DATE '..'``, ``TIME``, ``TIMESTAMP``    nodes.TemporalLiteral
``INTERVAL '1' DAY``                      exp.Interval; units.interval_value gives months or milliseconds
``X'AB'``, ``'text'``, ``1.5``            exp.HexString, exp.Literal
``IS NULL``, ``IS UNKNOWN``, ``IS TRUE``  exp.Is(x, exp.Null | exp.Boolean); IS NOT wraps in exp.Not
``IS [NOT] DISTINCT FROM``                exp.NullSafeNEQ / exp.NullSafeEQ
``[NOT] LIKE p ESCAPE e``                 exp.Escape(this=exp.Like, expression=e); NOT wraps in exp.Not
``||``                                    exp.DPipe, as strong as ``*``
``a.b.c``                                 exp.Column (this=c, table=b, db=a): which part is what is for the binder
``a[i]``                                  exp.Bracket, the index as written (Flink counts from 1)
``f(TABLE t, SIZE => x)``                 nodes.TableArgument; exp.Kwarg(this=exp.Var, expression=x)
``FROM TABLE(f(..)) AS w``, ``FROM f(..)``  exp.Table(this=exp.Anonymous, alias=..)
``LATERAL TABLE(f(x)) AS t(a)``           exp.Lateral(this=exp.Anonymous, alias=..)
``t /*+ OPTIONS('k'='v') */``             exp.Table with ``hints``; hints.table_options gives the dict
``t FOR SYSTEM_TIME AS OF x``             exp.Table with ``version`` = exp.Version(expression=x)
``(VALUES (1), (2)) AS t(a)``             exp.Subquery(this=exp.Values), its alias an exp.TableAlias with ``columns``
``ORDER BY x``                            exp.Ordered with ``desc`` and ``nulls_first`` always decided
========================================  ===========================================================================

Names and literals carry their place in the script: see :func:`sqlstream.sql.positions.position_of`.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect, NormalizationStrategy

from sqlstream.sql.generator import FlinkGenerator
from sqlstream.sql.parser import FlinkParser
from sqlstream.sql.tokenizer import FlinkTokenizer


class Flink(Dialect):
    """Case-sensitive names, NULLs sorted as the smallest values, nothing rewritten."""

    NORMALIZATION_STRATEGY = NormalizationStrategy.CASE_SENSITIVE
    NORMALIZE_FUNCTIONS = False
    INDEX_OFFSET = 0
    NULL_ORDERING = "nulls_are_small"
    STRICT_STRING_CONCAT = True
    DPIPE_IS_STRING_CONCAT = False
    TYPED_DIVISION = True
    SUPPORTS_USER_DEFINED_TYPES = False
    ALIAS_POST_TABLESAMPLE = False

    Tokenizer = FlinkTokenizer
    Parser = FlinkParser
    Generator = FlinkGenerator


def sql_text(node: exp.Expression) -> str:
    """``node`` as Flink SQL on one line, without comments."""
    return node.sql(dialect=Flink, comments=False)
