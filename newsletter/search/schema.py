"""The index and the triggers in the database: what the tables' classes cannot say.

SQLite has an FTS5 table without contents, PostgreSQL the lexemes beside each paper and a GIN index on them. Triggers note every
paper that is stored, changed or translated, whoever does it, in the same transaction.
"""

from typing import Any

from sqlalchemy import Connection, Table, event, inspect
from sqlmodel import SQLModel

from newsletter.search.tables import SearchPaperRow

INDEX = "search_word"
"""The name of the FTS5 table; its own tables' names begin so."""
TRIGGERS = ("search_paper_stored", "search_paper_changed", "search_translation_stored", "search_translation_changed")

LEXEMES = "array_to_tsvector(string_to_array(lexemes, E'\\n'))"
"""What PostgreSQL indexes: kept beside the paper as text, which compresses to less than half of a `tsvector`."""
GIN = f"CREATE INDEX IF NOT EXISTS search_paper_lexemes ON search_paper USING gin ({LEXEMES}) WITH (fastupdate = off)"
"""PostgreSQL's index; without a list of what is not sorted in yet, which every search would read."""

_NOTE_PAPER = "INSERT INTO search_change (arxiv_id) VALUES (NEW.arxiv_id)"
_NOTE_TRANSLATED = """
    INSERT INTO search_change (arxiv_id)
    SELECT arxiv_id FROM search_paper WHERE title_hash = NEW.source_hash
    UNION SELECT arxiv_id FROM search_paper WHERE abstract_hash = NEW.source_hash
"""
_EVENTS = {
    "search_paper_stored": ("INSERT", "paper", _NOTE_PAPER),
    "search_paper_changed": ("UPDATE", "paper", _NOTE_PAPER),
    "search_translation_stored": ("INSERT", "translation", _NOTE_TRANSLATED),
    "search_translation_changed": ("UPDATE", "translation", _NOTE_TRANSLATED),
}
_QUEUE_ALL = "INSERT INTO search_change (arxiv_id) SELECT arxiv_id FROM paper ORDER BY stored_at DESC, arxiv_id DESC"


def install(connection: Connection) -> None:
    """Make what is missing of the index and its triggers; papers that are there already wait to be read."""
    if connection.dialect.name == "postgresql":
        _install_postgresql(connection)
    else:
        _install_sqlite(connection)
    queue_all(connection)


def queue_all(connection: Connection) -> None:
    """Note every stored paper, the newest first."""
    connection.exec_driver_sql(_QUEUE_ALL)


def uninstall(connection: Connection) -> None:
    """Take the index and its triggers away."""
    tables = set(inspect(connection).get_table_names())
    for name, (_, table, _) in _EVENTS.items():
        if connection.dialect.name != "postgresql":
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        elif table in tables:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {INDEX}")
    elif "search_paper" in tables:
        connection.exec_driver_sql("ALTER TABLE search_paper DROP COLUMN IF EXISTS lexemes")


def is_installed(connection: Connection) -> bool:
    """Tell whether the index and every trigger are there: SQLite forgets those of a table that a migration copies."""
    catalogue = "pg_trigger" if connection.dialect.name == "postgresql" else "sqlite_master"
    column = "tgname" if connection.dialect.name == "postgresql" else "name"
    names = ", ".join(f"'{name}'" for name in TRIGGERS)
    count = connection.exec_driver_sql(f"SELECT count(*) FROM {catalogue} WHERE {column} IN ({names})")  # noqa: S608  our own names
    if count.scalar() != len(TRIGGERS):
        return False
    if connection.dialect.name != "postgresql":
        return inspect(connection).has_table(INDEX)
    return connection.exec_driver_sql("SELECT to_regclass('search_paper_lexemes')").scalar() is not None


def is_index(name: str | None) -> bool:
    """Tell whether a table in the database is the index or a part of it, which no class describes."""
    return name is not None and (name == INDEX or name.startswith(f"{INDEX}_"))


def _install_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {INDEX} USING fts5"
        "(lexemes, content='', columnsize=0, detail=none, tokenize='ascii')"
    )
    for name, (when, table, statement) in _EVENTS.items():
        connection.exec_driver_sql(
            f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {when} ON {table} BEGIN {statement}; END"
        )


def _install_postgresql(connection: Connection) -> None:
    for statement in (
        "ALTER TABLE search_paper ADD COLUMN IF NOT EXISTS lexemes text",
        # kept apart from the rows, which a search reads many of and wants only the numbers of
        "ALTER TABLE search_paper SET (toast_tuple_target = 128)",
        # in the order of letters, so that words that begin alike stand together
        'ALTER TABLE search_term ALTER COLUMN term TYPE varchar COLLATE "C"',
        GIN,
    ):
        connection.exec_driver_sql(statement)
    for name, (when, table, statement) in _EVENTS.items():
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {statement}; RETURN NULL; END $$"
        )
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} AFTER {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def _install_with_tables(_target: Any, connection: Connection, *, tables: list[Table], **_: Any) -> None:
    names = {table.name for table in tables}
    if {SearchPaperRow.__tablename__, "paper", "translation"} <= names:
        install(connection)


def _uninstall_with_tables(_target: Any, connection: Connection, *, tables: list[Table], **_: Any) -> None:
    if SearchPaperRow.__tablename__ in {table.name for table in tables}:
        uninstall(connection)


# whoever makes the tables without migrations, as tests do, gets the index with them
event.listen(SQLModel.metadata, "after_create", _install_with_tables)
event.listen(SQLModel.metadata, "before_drop", _uninstall_with_tables)
