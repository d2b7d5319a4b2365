"""Let one schedule happen: start the house, strike, push the clock on until nothing is open, and call the judge."""

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, and_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, func

from newsletter.db.engine import reading
from newsletter.deliveries.store import IS_OPEN
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.editions.tables import EditionRow
from tests.torture.blows import Blows
from tests.torture.forge import Forge
from tests.torture.grounds import Ground
from tests.torture.judge import Finding, Judgement, judge
from tests.torture.people import load_rows
from tests.torture.record import Evidence, Reader
from tests.torture.schedule import Schedule, draw
from tests.torture.stage import RETRY_AFTER, Stage

LONGEST_SECONDS = 60.0
_LOOK_SECONDS = 0.04
_QUIET_SECONDS = 0.3
_STUCK_SECONDS = 1.5
_STEP = timedelta(minutes=10)
_TO_RETRY = and_(col(DeliveryRow.state) == "uncertain", col(DeliveryRow.retried_at).is_(None))
_OPEN = (
    col(DeliveryRow.id),
    col(DeliveryRow.state),
    col(DeliveryRow.lease_owner),
    col(DeliveryRow.lease_until),
    col(DeliveryRow.next_attempt_at),
    col(DeliveryRow.due_at),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a schedule ended. `trouble` is what went wrong with the house or the harness itself, beside the ledger."""

    seed: int
    sabotage: str
    judgement: Judgement
    kills: int
    seconds: float
    folder: Path | None
    trouble: tuple[str, ...] = ()

    @property
    def is_green(self) -> bool:
        return not self.judgement.findings and not self.trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """The ledger at an instant, as far as it says whether anything moves."""

    is_composed: bool
    is_answer_near: bool
    open_count: int
    next_at: datetime | None
    progress: tuple[Any, ...]

    @property
    def is_over(self) -> bool:
        return self.is_composed and self.open_count == 0

    def patience(self, now: datetime) -> float:
        """Return how many quiet seconds mean that nothing moves until the clock does.

        A mail in hand may be answered any moment, and so may one in doubt: its worker may live and only be slow. Hours that
        pass within that moment would have it sent once more.
        """
        if self.is_answer_near:
            return _STUCK_SECONDS
        return _LOOK_SECONDS if self.next_at is not None and self.next_at > now else _STUCK_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What schedules that run one after the other share."""

    ground: Ground
    forge: Forge
    folder: Path
    tls: Path


def run_schedule(seed: int, shop: Workshop, sabotage: str = "none") -> Outcome:
    """Run the schedule of a seed and judge it; its folder stays when it is not green."""
    name = f"seed-{seed}" if sabotage == "none" else f"seed-{seed}-{sabotage}"
    schedule, folder, began = draw(seed), shop.folder / name, time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    stage = Stage(schedule, ground=shop.ground, forge=shop.forge, folder=folder, tls=shop.tls, sabotage=sabotage)
    blows = Blows(stage)
    with stage:
        is_over = _live(stage, blows)
        blows.join()
        evidence = _gather(stage, blows)
    shop.ground.discard(stage.url)
    trouble = [repr(failure) for failure in blows.failures]
    if not is_over:
        trouble.append(f"not over after {LONGEST_SECONDS:g} s")
    outcome = Outcome(
        seed=seed,
        sabotage=sabotage,
        judgement=judge(evidence),
        kills=stage.kills,
        seconds=time.monotonic() - began,
        folder=folder,
        trouble=tuple(trouble),
    )
    if outcome.is_green:
        shutil.rmtree(folder)
    else:
        _keep(folder, schedule, evidence, outcome.judgement.findings)
    return outcome


def _live(stage: Stage, blows: Blows) -> bool:
    """Go on until every event has struck and nothing is open; False when that does not come about in time."""
    deadline = time.monotonic() + LONGEST_SECONDS
    last: object = None
    moved_at = time.monotonic()
    while (now := time.monotonic()) < deadline:
        blows.look_at_clock()
        stage.tend()
        look = _look(stage.database, may_retry=stage.schedule.may_retry_uncertain)
        seen = (look, stage.relay.last_heard_at, blows.is_running, stage.operators)
        if look is None or seen != last or blows.is_running:
            last, moved_at = seen, now
        elif look.is_over:
            if now - moved_at >= _QUIET_SECONDS:
                if not blows.is_pending and not stage.operators:
                    return True
                blows.strike_next()
                moved_at = now
        elif now - moved_at >= look.patience(stage.clock()):
            _push(stage, look)
            moved_at = now
        time.sleep(_LOOK_SECONDS)
    return False


def _push(stage: Stage, look: _Look) -> None:
    """Set the clock to when something can happen again, and wake somebody."""
    now = stage.clock()
    wait = look.next_at - now if look.next_at is not None else timedelta(0)
    stage.clock.jump(wait + timedelta(seconds=1) if wait > timedelta(0) else _STEP)
    stage.wake()


def _look(database: Engine, *, may_retry: bool) -> _Look | None:
    """Look at the ledger; None while the database is away. What a policy will send once more is open, too."""
    try:
        with reading(database) as session:
            connection = session.connection()
            composed_at = connection.execute(select(col(EditionRow.composed_at))).scalar()
            opened = connection.execute(select(*_OPEN).where(IS_OPEN)).all()
            doubtful = connection.execute(select(col(DeliveryRow.changed_at)).where(_TO_RETRY)).scalars().all()
            attempts = connection.execute(select(func.count()).select_from(AttemptRow)).scalar_one()
            total = connection.execute(select(func.count()).select_from(DeliveryRow)).scalar_one()
    except SQLAlchemyError:
        return None
    instants = [row.lease_until or row.next_attempt_at or row.due_at for row in opened]
    retries = [changed_at + RETRY_AFTER for changed_at in doubtful] if may_retry else []
    return _Look(
        is_composed=composed_at is not None,
        is_answer_near=bool(retries) or any(row.lease_owner is not None for row in opened),
        open_count=len(instants) + len(retries),
        next_at=min((*instants, *retries), default=None),
        progress=(attempts, total, len(doubtful), *sorted((row.id, row.state, str(row.lease_owner)) for row in opened)),
    )


def _gather(stage: Stage, blows: Blows) -> Evidence:
    return Evidence(
        rows=load_rows(stage.database),
        letters=list(stage.relay.letters),
        readers=[Reader(email=email, left_at=blows.left.get(email)) for email in stage.readers],
        deaths=stage.deaths,
        outages=blows.outages,
        resends=blows.resends,
        may_retry_uncertain=stage.schedule.may_retry_uncertain,
    )


def _keep(folder: Path, schedule: Schedule, evidence: Evidence, findings: Sequence[Finding]) -> None:
    """Leave both records beside the logs."""
    kept = {"schedule": str(schedule), "findings": [asdict(item) for item in findings], "evidence": asdict(evidence)}
    (folder / "evidence.json").write_text(json.dumps(kept, indent=1, default=sorted))
