"""What a morning needs at each size, computed from a few measured figures: ``python bench/capacity.py [--write]``.

Correct the figures here when they are measured anew; ``--write`` puts the tables into docs/scale.md, and a test compares them.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "scale.md"

MAIL_BYTES = 121_000
"""A digest of 15 papers on the wire, both languages, text and HTML."""
CORE_MAILS_PER_SECOND = 440
"""What one core of a worker builds, signs (RSA-2048), hands over and writes down."""
DATABASE_MAILS_PER_SECOND = 3_000
"""What one PostgreSQL on four cores and an SSD takes: claim, mark, outcome and attempt of each mail, in batches."""
COMPOSED_PER_SECOND = 6_000
"""Readers of three keywords whose digests one process chooses from 1,000 papers and stores in PostgreSQL."""
ROWS_PER_MAIL = 3
"""A digest, a delivery and an attempt."""
BYTES_PER_MAIL_STORED = 2_600
"""Those rows and their indexes in PostgreSQL: 1,700 of the digest, 700 of the delivery, 200 of the attempt."""
BYTES_PER_READER_STORED = 600
"""A reader with three keywords, and their indexes."""
DAYS_A_YEAR = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """What somebody sends with: worker cores in all, on so many hosts, each with this link; what the relays take a second."""

    readers: int
    hosts: int
    cores: int
    link_megabits: int
    relay_mails_per_second: int

    def rates(self) -> dict[str, float]:
        """Return what each part carries, in mails a second."""
        return {
            "relay": self.relay_mails_per_second,
            "network": self.hosts * self.link_megabits * 1e6 / 8 / MAIL_BYTES,
            "CPU": self.cores * CORE_MAILS_PER_SECOND,
            "database": DATABASE_MAILS_PER_SECOND,
        }


PLANTS = [
    Plant(readers=100, hosts=1, cores=1, link_megabits=100, relay_mails_per_second=1),
    Plant(readers=1_000, hosts=1, cores=1, link_megabits=100, relay_mails_per_second=5),
    Plant(readers=10_000, hosts=1, cores=2, link_megabits=100, relay_mails_per_second=50),
    Plant(readers=100_000, hosts=1, cores=2, link_megabits=100, relay_mails_per_second=1_000),
    Plant(readers=100_000, hosts=1, cores=2, link_megabits=1_000, relay_mails_per_second=2_000),
    Plant(readers=1_000_000, hosts=2, cores=8, link_megabits=1_000, relay_mails_per_second=2_000),
    Plant(readers=1_000_000, hosts=2, cores=8, link_megabits=10_000, relay_mails_per_second=6_000),
    Plant(readers=10_000_000, hosts=4, cores=16, link_megabits=10_000, relay_mails_per_second=6_000),
]


def tables() -> str:
    """Return both tables as Markdown."""
    sending = [_sending(plant) for plant in PLANTS]
    storing = [_storing(readers) for readers in dict.fromkeys(plant.readers for plant in PLANTS)]
    return "\n\n".join(
        (
            _markdown(
                ("readers", "hosts × cores", "link", "relays", "mails a second", "the morning", "what binds"), sending
            ),
            _markdown(
                ("readers", "rows a day", "disk a day", "disk a year", "to compose", "network for one hour"),
                storing,
            ),
        )
    )


def _sending(plant: Plant) -> Sequence[str]:
    rates = plant.rates()
    binding = min(rates, key=lambda name: rates[name])
    return (
        f"{plant.readers:,}",
        f"{plant.hosts} × {plant.cores // plant.hosts}",
        f"{plant.link_megabits:,} Mbit/s",
        f"{plant.relay_mails_per_second:,}/s",
        f"{rates[binding]:,.0f}",
        _duration(plant.readers / rates[binding]),
        binding,
    )


def _storing(readers: int) -> Sequence[str]:
    a_day = readers * BYTES_PER_MAIL_STORED
    return (
        f"{readers:,}",
        f"{readers * ROWS_PER_MAIL:,}",
        _size(a_day),
        _size(a_day * DAYS_A_YEAR + readers * BYTES_PER_READER_STORED),
        _duration(readers / COMPOSED_PER_SECOND),
        f"{readers * MAIL_BYTES * 8 / 3600 / 1e6:,.1f} Mbit/s",
    )


def _markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (header, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(header), *lines[1:]])


def _duration(seconds: float) -> str:
    if seconds < 1:
        return "under 1 s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _size(count: float) -> str:
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1e3:.0f} kB"


BEGIN, END = "<!-- bench/capacity.py writes this -->\n\n", "\n\n<!-- to here -->"


def main() -> None:
    """Print the tables, or put them into the page."""
    if "--write" not in sys.argv:
        print(tables())
        return
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + tables() + END + after, "utf-8")


if __name__ == "__main__":
    main()
