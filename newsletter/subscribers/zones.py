"""The time zone of this machine, as a first guess for a reader's."""

import os
from pathlib import Path
from zoneinfo import available_timezones


def own_timezone(localtime: Path = Path("/etc/localtime")) -> str:
    """Return the IANA name of this machine's time zone; UTC when it does not say one."""
    candidates = [os.environ.get("TZ", "").removeprefix(":")]
    if localtime.is_symlink():
        candidates.append(str(localtime.readlink()).partition("zoneinfo/")[2])
    known = available_timezones()
    return next((name for name in candidates if name in known), "UTC")
