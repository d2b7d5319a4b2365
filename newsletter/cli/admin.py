"""The command admin-link."""

from newsletter.cli.output import out
from newsletter.runtime import open_runtime


def admin_link() -> None:
    """Print a link to the calendar on the website; it is good for seven days, for whoever has it."""
    runtime = open_runtime()
    out.print(f"{runtime.settings.public_url}/admin/{runtime.tokens.sign('admin', 0, 0)}/days", markup=False)
