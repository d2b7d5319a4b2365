"""Once migrated, the database itself keeps every audit entry as it was written."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from newsletter.db.engine import open_engine, reading, transaction
from newsletter.db.migrate import migrate
from newsletter.operators.append_only import uninstall
from newsletter.operators.audit import COMMAND_LINE, list_audit, record
from tests.conftest import NOON


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'new.db'}" if is_sqlite else request.getfixturevalue("postgresql").new_database()
    found = open_engine(url)
    migrate(found)
    yield found
    found.dispose()


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit"])
def test_no_statement_changes_an_entry(migrated: Engine, statement: str) -> None:
    with transaction(migrated) as session:
        record(session, COMMAND_LINE, "erase", "ann@example.org", at=NOON)
    with pytest.raises(DatabaseError, match="never changed"), migrated.begin() as connection:
        connection.execute(text(statement))
    with reading(migrated) as session:
        assert [entry.who for entry in list_audit(session)] == ["command line"]
    with migrated.begin() as connection:
        uninstall(connection)
        connection.execute(text(statement))
