"""Write a new schema revision from the tables: ``python -m tests.db.new_revision "what changes"`` (then read and mend it)."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlmodel import SQLModel

import tests.conftest  # noqa: F401  registers every table
from newsletter.db.engine import open_engine
from newsletter.db.migrate import configure, migrate
from newsletter.search.schema import is_index


def main(message: str) -> None:
    """Compare a migrated database with the tables and write the difference as a new revision."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'schema.db'}")
        migrate(engine)
        with engine.begin() as connection:
            config = configure(connection)
            config.attributes["metadata"] = SQLModel.metadata
            config.attributes["include_name"] = lambda name, *_: not is_index(name)
            command.revision(config, message=message, autogenerate=True)
        engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
