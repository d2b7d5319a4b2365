"""The audit log can only grow: the database itself refuses to change or delete an entry.

Who can change the schema can still take the triggers away; nobody does so by mistake, or by a hole in a page.
"""

from sqlalchemy import Connection, text

_SAID = "an audit entry is never changed"
_SQLITE = [
    f"CREATE TRIGGER audit_stays_on_{action} BEFORE {action} ON audit BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
    for action in ("UPDATE", "DELETE")
]
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{_SAID}'; END $$
"""
_TRIGGER = """
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()
"""


def install(connection: Connection) -> None:
    """Let the audit table refuse every change of what is in it."""
    for statement in (_FUNCTION, _TRIGGER) if connection.dialect.name == "postgresql" else _SQLITE:
        connection.execute(text(statement))


def uninstall(connection: Connection) -> None:
    """Let the audit table be changed like any other."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP FUNCTION audit_stays() CASCADE"))
        return
    for action in ("UPDATE", "DELETE"):
        connection.execute(text(f"DROP TRIGGER audit_stays_on_{action}"))
