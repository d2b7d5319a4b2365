"""What the gate remembers between requests, and how long the next one must wait."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import parsedate_to_datetime

EVERYTHING = "*"
MAX_BACK_OFF_SECONDS = 60.0
MAX_HOLD_SECONDS = 3600.0  # a mistaken Retry-After of a year must not silence us for a year


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A service to leave alone until an instant (seconds since 1970), after so many failures in a row."""

    until: float
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GateMemory:
    """When the last request was (seconds since 1970), and whom to leave alone until when."""

    last_at: float = 0.0
    holds: dict[str, Hold] = field(default_factory=dict)

    def wait_seconds(self, service: str, *, now: float, interval: float) -> float:
        """Return how long a request to `service` must wait from `now` on.

        Nothing lasts longer than it was meant to, even if the host's clock was set back meanwhile.
        """
        waits = [min(self.last_at + interval - now, interval)]
        waits += [
            min(self.holds[name].until - now, MAX_HOLD_SECONDS) for name in (service, EVERYTHING) if name in self.holds
        ]
        return max(0.0, *waits)

    def held(self, service: str, retry_after_seconds: float | None, *, interval: float) -> "GateMemory":
        """Return the memory after a failure: back off as the peer said, or else twice as long each time."""
        failures = 1 + (self.holds[service].failures if service in self.holds else 0)
        seconds = min(interval * 2**failures, MAX_BACK_OFF_SECONDS)
        if retry_after_seconds is not None:
            seconds = retry_after_seconds
        return replace(self, holds=self.holds | {service: Hold(until=self.last_at + seconds, failures=failures)})

    def released(self, service: str) -> "GateMemory":
        """Return the memory after a success: the service is well again, and so is the limit for all."""
        return replace(self, holds={name: h for name, h in self.holds.items() if name not in (service, EVERYTHING)})

    def to_json(self) -> str:
        """Write the memory down; `from_json` reads it."""
        holds = {name: [hold.until, hold.failures] for name, hold in self.holds.items()}
        return json.dumps({"last_at": self.last_at, "holds": holds})

    @classmethod
    def from_json(cls, text: str) -> "GateMemory":
        """Read what `to_json` wrote; an empty text is a gate nobody has used yet. Raises ValueError for anything else."""
        if not text:
            return cls()
        try:
            found = json.loads(text)
            holds = {
                str(name): Hold(until=float(until), failures=min(int(failures), 100))
                for name, (until, failures) in found["holds"].items()
            }
            return cls(last_at=float(found["last_at"]), holds=holds)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError("not the memory of a gate") from error


def parse_retry_after(text: str | None, *, now: float) -> float | None:
    """Read a Retry-After header as seconds from `now`; None when there is none or it cannot be read.

    Both forms of RFC 9110 section 10.2.3: seconds, or an HTTP date; never more than MAX_HOLD_SECONDS.
    """
    if not text:
        return None
    seconds = text.strip()
    if seconds.isdecimal():
        return min(float(seconds), MAX_HOLD_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, aware.timestamp() - now), MAX_HOLD_SECONDS)
