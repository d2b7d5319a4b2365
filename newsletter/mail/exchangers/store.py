"""Every SQL statement about domains' mail hosts."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from newsletter.mail.exchangers.tables import ExchangerRow


def list_hosts(session: Session, domains: Collection[str]) -> dict[str, tuple[str | None, datetime]]:
    """Return what is known of these domains: the mail host, and from when on to ask again."""
    statement = select(ExchangerRow.domain, ExchangerRow.host, ExchangerRow.ask_again_at)
    found = session.exec(statement.where(col(ExchangerRow.domain).in_(domains)))
    return {domain: (host, ask_again_at) for domain, host, ask_again_at in found}


def save_hosts(session: Session, hosts: Mapping[str, tuple[str | None, datetime]]) -> None:
    """Write what was found out about domains, in place of what was known."""
    rows = [
        {"domain": domain, "host": host, "ask_again_at": ask_again_at}
        for domain, (host, ask_again_at) in sorted(
            hosts.items()
        )  # in one order, so that two workers never block each other
    ]
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(ExchangerRow).values(rows)
    new = {"host": statement.excluded.host, "ask_again_at": statement.excluded.ask_again_at}
    session.connection().execute(statement.on_conflict_do_update(index_elements=["domain"], set_=new))
