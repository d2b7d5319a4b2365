"""The condition that a number is among many, said in the same words however many they are.

An IN with a mark for each of them is another statement for each number of numbers: SQLAlchemy writes it anew, the driver reads
it anew, and PostgreSQL plans it anew each time. This one has a single value, so each of them prepares it once.
"""

import json
from collections.abc import Collection
from typing import Any, Self

from sqlalchemy import BigInteger, Boolean, ColumnElement, SQLColumnExpression, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine


class Numbers(TypeDecorator[Collection[int]]):
    """Whole numbers of 64 bits as one value: an array in PostgreSQL, JSON in SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(BigInteger()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        numbers = list(value or ())
        return numbers if dialect.name == "postgresql" else json.dumps(numbers)


class _Among(FunctionElement[bool]):
    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> Self:
        """Stand as it is: SQLite, compared with 1 as other functions are, would look at every row."""
        return self


def among(column: SQLColumnExpression[Any], numbers: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a column's number is one of these."""
    return _Among(column, bindparam(None, numbers, Numbers(), unique=True))


def among_bound(column: SQLColumnExpression[Any], name: str) -> ColumnElement[bool]:
    """Return the same for the numbers that a statement is given under a name when it is run."""
    return _Among(column, bindparam(name, type_=Numbers()))


@compiles(_Among)
def _write(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers = element.clauses
    wanted = f"SELECT value FROM json_each({compiler.process(numbers, **options)})"  # noqa: S608  a mark for a value
    return f"{compiler.process(column, **options)} IN ({wanted})"


@compiles(_Among, "postgresql")
def _write_for_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers = element.clauses
    return f"{compiler.process(column, **options)} = ANY ({compiler.process(numbers, **options)})"
