"""Compare the reading of labelled mails with their labels: ``python -m tests.bounce_report DIR``.

DIR holds `labels.jsonl` and the mails in `mails/`. The last line printed is JSON.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsletter.mail.bounces import BounceReport, read_bounce

Label = dict[str, Any]


@dataclass(slots=True)
class Score:
    """How many of some mails were read right; `strict` counts the certain labels alone and allows nothing else."""

    mails: int = 0
    lenient: int = 0
    certain: int = 0
    strict: int = 0

    def add(self, label: Label, report: BounceReport) -> None:
        self.mails += 1
        self.lenient += is_right(label, report, is_strict=False)
        if label.get("confidence") == "certain":
            self.certain += 1
            self.strict += is_right(label, report, is_strict=True)

    def describe(self) -> str:
        return (
            f"strict {self.strict}/{self.certain} = {share(self.strict, self.certain):.2%}, "
            f"lenient {self.lenient}/{self.mails} = {share(self.lenient, self.mails):.2%}"
        )


@dataclass(slots=True)
class Comparison:
    """What a comparison found."""

    with_status_part: Score = field(default_factory=Score)
    all_mails: Score = field(default_factory=Score)
    misses: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, score in (("with_status_part", self.with_status_part), ("all", self.all_mails)):
            found[name] = {
                "mails": score.mails,
                "strict": round(share(score.strict, score.certain), 4),
                "lenient": round(share(score.lenient, score.mails), 4),
            }
        return {**found, "misses": len(self.misses), "exceptions": len(self.exceptions)}


def share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def is_right(label: Label, report: BounceReport, *, is_strict: bool) -> bool:
    """Return whether class and recipients are those of the label, or others that it allows."""
    classes = {label["class"]} if is_strict else {label["class"], *label.get("also_class", [])}
    return report.kind in classes and has_right_recipients(label, report)


def has_right_recipients(label: Label, report: BounceReport) -> bool:
    found = {recipient.address for recipient in report.recipients}
    right = set(label["recipients"])
    return found == right or (bool(found) and found <= set(label.get("also", [])))


def read_labels(folder: Path) -> list[Label]:
    """Return the labels, in their order."""
    with (folder / "labels.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def compare(folder: Path, labels: Iterable[Label]) -> Comparison:
    """Read each labelled mail and count what is right."""
    found = Comparison()
    for label in labels:
        raw = (folder / "mails" / label["file"]).read_bytes()
        began = time.perf_counter()
        try:
            report = read_bounce(raw)
        except Exception as error:  # noqa: BLE001  what is counted here is that there is none
            found.exceptions.append(f"{label['file']}: {error!r}")
            continue
        found.slowest_seconds = max(found.slowest_seconds, time.perf_counter() - began)
        found.all_mails.add(label, report)
        if label.get("has_delivery_status"):
            found.with_status_part.add(label, report)
        if not is_right(label, report, is_strict=False):
            found.misses.append(describe_miss(label, report))
    return found


def describe_miss(label: Label, report: BounceReport) -> str:
    right = f"{label['class']} {', '.join(label['recipients']) or 'nobody'}"
    got = f"{report.kind} {', '.join(recipient.address for recipient in report.recipients) or 'nobody'}"
    return f"{label['file']} ({label.get('confidence')}): {right}; read as {got}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    folder = parser.parse_args(arguments).folder
    if not (folder / "labels.jsonl").is_file():
        parser.error(f"There is no labels.jsonl in {folder}; name a folder that holds it, and the mails in mails/.")
    found = compare(folder, read_labels(folder))
    lines = [
        *(f"miss: {miss}" for miss in found.misses),
        *(f"exception: {exception}" for exception in found.exceptions),
        f"with a delivery-status part: {found.with_status_part.describe()}",
        f"all mails:                   {found.all_mails.describe()}",
        f"slowest mail: {found.slowest_seconds * 1000:.0f} ms",
        json.dumps(found.as_json()),
    ]
    print("\n".join(lines))  # noqa: T201  its output is what it is for
    return 1 if found.exceptions else 0


if __name__ == "__main__":
    sys.exit(main())
