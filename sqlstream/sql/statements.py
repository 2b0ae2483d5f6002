"""One frozen dataclass per SQL statement: what the parser hands to the session.

A ``Path`` is an object's name as written, of one to three parts (``table``, ``database.table``,
``catalog.database.table``); qualifying it is the session's work. Queries are sqlglot trees of the Flink dialect
(see :mod:`sqlstream.sql.dialect`), with the text they were written in where it is kept by a catalog.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from sqlglot import exp

from sqlstream.spi.catalog import Column, PhysicalColumn, WatermarkDefinition
from sqlstream.sql.table_changes import TableChange

Path = tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """Base of all statements."""


# --- queries and what wraps them -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Query(Statement):
    """SELECT, WITH, VALUES, or a set operation of them."""

    expression: exp.Expression


@dataclass(frozen=True)
class Insert(Statement):
    """INSERT INTO, or with ``overwrite`` INSERT OVERWRITE.

    ``partition`` holds the static PARTITION (k = literal) values, ``columns`` the explicit column list (empty: all).
    ``target`` is the table's node, for error positions and its OPTIONS hint.
    """

    path: Path
    query: exp.Expression
    target: exp.Table
    columns: tuple[exp.Identifier, ...] = ()
    partition: tuple[tuple[str, exp.Expression], ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    overwrite: bool = False


@dataclass(frozen=True)
class StatementSet(Statement):
    """EXECUTE STATEMENT SET BEGIN ... END: the inserts run as one job."""

    inserts: tuple[Insert, ...]


class ExplainDetail(Enum):
    ESTIMATED_COST = "ESTIMATED_COST"
    CHANGELOG_MODE = "CHANGELOG_MODE"
    JSON_EXECUTION_PLAN = "JSON_EXECUTION_PLAN"
    PLAN_ADVICE = "PLAN_ADVICE"


@dataclass(frozen=True)
class Explain(Statement):
    statement: Query | Insert | StatementSet | CreateTable
    details: tuple[ExplainDetail, ...] = ()


# --- tables ----------------------------------------------------------------------------------------------------------


class LikeFeature(Enum):
    ALL = "ALL"
    CONSTRAINTS = "CONSTRAINTS"
    DISTRIBUTION = "DISTRIBUTION"
    GENERATED = "GENERATED"
    METADATA = "METADATA"
    OPTIONS = "OPTIONS"
    PARTITIONS = "PARTITIONS"
    WATERMARKS = "WATERMARKS"


class LikeStrategy(Enum):
    INCLUDING = "INCLUDING"
    EXCLUDING = "EXCLUDING"
    OVERWRITING = "OVERWRITING"


@dataclass(frozen=True)
class LikeClause:
    """LIKE ``path`` ( strategy feature ... ), as written; the default is INCLUDING ALL OVERWRITING OPTIONS."""

    path: Path
    rules: tuple[tuple[LikeStrategy, LikeFeature], ...] = ()


@dataclass(frozen=True)
class CreateTable(Statement):
    """CREATE TABLE, with ``like`` CREATE TABLE LIKE, with ``query`` CREATE TABLE AS.

    ``column_order`` is the list of bare names a CREATE TABLE AS may have instead of ``columns``.
    """

    path: Path
    columns: tuple[Column, ...] = ()
    watermark: WatermarkDefinition | None = None
    primary_key: tuple[str, ...] = ()
    partition_keys: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    comment: str | None = None
    like: LikeClause | None = None
    query: exp.Expression | None = None
    column_order: tuple[str, ...] = ()
    temporary: bool = False
    if_not_exists: bool = False
    or_replace: bool = False


@dataclass(frozen=True)
class AlterTable(Statement):
    path: Path
    changes: tuple[TableChange, ...]
    if_exists: bool = False


@dataclass(frozen=True)
class RenameTable(Statement):
    path: Path
    new_path: Path
    if_exists: bool = False


@dataclass(frozen=True)
class DropTable(Statement):
    path: Path
    temporary: bool = False
    if_exists: bool = False


@dataclass(frozen=True)
class TruncateTable(Statement):
    path: Path


# --- views -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CreateView(Statement):
    """``query_text`` is the query exactly as written, ``query`` the same parsed."""

    path: Path
    query: exp.Expression
    query_text: str
    column_names: tuple[str, ...] = ()
    comment: str | None = None
    temporary: bool = False
    if_not_exists: bool = False
    or_replace: bool = False


@dataclass(frozen=True)
class AlterView(Statement):
    """ALTER VIEW ... AS query."""

    path: Path
    query: exp.Expression
    query_text: str


@dataclass(frozen=True)
class RenameView(Statement):
    path: Path
    new_path: Path


@dataclass(frozen=True)
class DropView(Statement):
    path: Path
    temporary: bool = False
    if_exists: bool = False


# --- databases, catalogs ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CreateDatabase(Statement):
    path: Path
    properties: dict[str, str] = field(default_factory=dict)
    comment: str | None = None
    if_not_exists: bool = False


@dataclass(frozen=True)
class AlterDatabase(Statement):
    path: Path
    properties: dict[str, str]


@dataclass(frozen=True)
class DropDatabase(Statement):
    """RESTRICT, the default, refuses a database that is not empty."""

    path: Path
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True)
class CreateCatalog(Statement):
    name: str
    options: dict[str, str] = field(default_factory=dict)
    comment: str | None = None
    if_not_exists: bool = False


@dataclass(frozen=True)
class AlterCatalog(Statement):
    """SET, RESET or COMMENT: exactly one of the three fields is filled."""

    name: str
    set_options: dict[str, str] = field(default_factory=dict)
    reset_keys: tuple[str, ...] = ()
    comment: str | None = None


@dataclass(frozen=True)
class DropCatalog(Statement):
    name: str
    if_exists: bool = False


# --- functions, models, modules --------------------------------------------------------------------------------------


class FunctionScope(Enum):
    """TEMPORARY SYSTEM functions have no catalog and hide built-in ones."""

    CATALOG = "CATALOG"
    TEMPORARY = "TEMPORARY"
    TEMPORARY_SYSTEM = "TEMPORARY SYSTEM"


@dataclass(frozen=True)
class CreateFunction(Statement):
    """``language`` is upper-case; ``resources`` are the paths of USING."""

    path: Path
    class_name: str
    language: str = "PYTHON"
    resources: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    scope: FunctionScope = FunctionScope.CATALOG
    if_not_exists: bool = False


@dataclass(frozen=True)
class AlterFunction(Statement):
    path: Path
    class_name: str
    language: str = "PYTHON"
    scope: FunctionScope = FunctionScope.CATALOG
    if_exists: bool = False


@dataclass(frozen=True)
class DropFunction(Statement):
    path: Path
    scope: FunctionScope = FunctionScope.CATALOG
    if_exists: bool = False


@dataclass(frozen=True)
class CreateModel(Statement):
    path: Path
    inputs: tuple[PhysicalColumn, ...] = ()
    outputs: tuple[PhysicalColumn, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    comment: str | None = None
    temporary: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True)
class AlterModel(Statement):
    """SET or RESET: one of the two is filled."""

    path: Path
    set_options: dict[str, str] = field(default_factory=dict)
    reset_keys: tuple[str, ...] = ()
    if_exists: bool = False


@dataclass(frozen=True)
class RenameModel(Statement):
    path: Path
    new_path: Path
    if_exists: bool = False


@dataclass(frozen=True)
class DropModel(Statement):
    path: Path
    temporary: bool = False
    if_exists: bool = False


@dataclass(frozen=True)
class LoadModule(Statement):
    name: str
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class UnloadModule(Statement):
    name: str


@dataclass(frozen=True)
class UseModules(Statement):
    """The modules in use, in resolution order."""

    names: tuple[str, ...]


# --- looking around --------------------------------------------------------------------------------------------------


class DescribeKind(Enum):
    TABLE = "TABLE"
    DATABASE = "DATABASE"
    CATALOG = "CATALOG"
    FUNCTION = "FUNCTION"
    MODEL = "MODEL"


@dataclass(frozen=True)
class Describe(Statement):
    """``TABLE`` stands for tables and views."""

    path: Path
    kind: DescribeKind = DescribeKind.TABLE
    extended: bool = False


@dataclass(frozen=True)
class DescribeJob(Statement):
    job_id: str


@dataclass(frozen=True)
class NamePattern:
    """[NOT] LIKE ``pattern`` over names; ILIKE when ``ignore_case``."""

    pattern: str
    negated: bool = False
    ignore_case: bool = False


class ShowKind(Enum):
    CATALOGS = "CATALOGS"
    DATABASES = "DATABASES"
    TABLES = "TABLES"
    VIEWS = "VIEWS"
    FUNCTIONS = "FUNCTIONS"
    USER_FUNCTIONS = "USER FUNCTIONS"
    MODELS = "MODELS"
    MODULES = "MODULES"
    FULL_MODULES = "FULL MODULES"
    JOBS = "JOBS"
    CURRENT_CATALOG = "CURRENT CATALOG"
    CURRENT_DATABASE = "CURRENT DATABASE"


@dataclass(frozen=True)
class Show(Statement):
    """A list of names. ``scope`` is the catalog or database after FROM / IN; empty means the current one."""

    kind: ShowKind
    scope: Path = ()
    pattern: NamePattern | None = None


@dataclass(frozen=True)
class ShowColumns(Statement):
    path: Path
    pattern: NamePattern | None = None


@dataclass(frozen=True)
class ShowPartitions(Statement):
    """``partition`` restricts the list to partitions with these values."""

    path: Path
    partition: tuple[tuple[str, exp.Expression], ...] = ()


class CreateKind(Enum):
    TABLE = "TABLE"
    VIEW = "VIEW"
    CATALOG = "CATALOG"
    MODEL = "MODEL"


@dataclass(frozen=True)
class ShowCreate(Statement):
    kind: CreateKind
    path: Path


# --- the session and its jobs ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class UseCatalog(Statement):
    name: str


@dataclass(frozen=True)
class UseDatabase(Statement):
    path: Path


@dataclass(frozen=True)
class SetOption(Statement):
    """SET 'key' = 'value'."""

    key: str
    value: str


@dataclass(frozen=True)
class ShowOptions(Statement):
    """SET with nothing after it: list what is set."""


@dataclass(frozen=True)
class ResetOption(Statement):
    """``key`` None resets everything."""

    key: str | None = None


@dataclass(frozen=True)
class StopJob(Statement):
    job_id: str
    with_savepoint: bool = False
    with_drain: bool = False
