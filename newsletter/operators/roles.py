"""What each role may do: the one matrix that every page and every test asks."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """Who somebody is among the people who run the service."""

    OWNER = "owner"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Permission(StrEnum):
    """What somebody may be allowed to do."""

    ACCOUNT = "account"
    """Keep one's own account: password, recovery codes, sessions."""
    LOOK = "look"
    """See every page: days, readers, mail, settings."""
    AUDIT = "audit"
    """Read who did what."""
    RESEND = "resend"
    SETTLE = "settle"
    """Decide about mail whose outcome is unknown, or that was given up."""
    CHANNELS = "channels"
    """Pause and resume ways out, close alarms."""
    READERS = "readers"
    """Add, change, import and erase readers."""
    EXPORT = "export"
    """Take readers' addresses along."""
    SUPPRESS = "suppress"
    TRY_MAIL = "try-mail"
    """Send test mail."""
    TRANSLATIONS = "translations"
    """Correct translations, or have them made anew."""
    OPERATORS = "operators"
    """Add and remove the people who run the service."""


PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.OPERATOR: frozenset(Permission) - {Permission.OPERATORS},
    Role.VIEWER: frozenset({Permission.ACCOUNT, Permission.LOOK}),
}


def may(role: Role, permission: Permission) -> bool:
    """Tell whether a role has a permission."""
    return permission in PERMISSIONS[role]
