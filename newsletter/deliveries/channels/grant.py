"""Granting leave to send: one transaction for the next messages of one worker through one account."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlmodel import Session

from newsletter.deliveries.caps import DAY, HOUR, Turns, bucket_of, daily_cap, next_turns, room_left, warmup_day
from newsletter.deliveries.channels import store
from newsletter.deliveries.channels.alarms import lower_alarms
from newsletter.deliveries.channels.leave import FREE_SIZE, SHORT, SIZE, Ask, Done, Leave, Wait, held_wait
from newsletter.deliveries.channels.store import WHOLE, StoredChannel
from newsletter.deliveries.lease import is_owner_dead
from newsletter.deliveries.pacing import UNLIMITED, Pace, start_of
from newsletter.mail.server import Caps, SmtpAccount

_VALID = timedelta(seconds=10)
_PATIENCE = timedelta(seconds=0.5)  # of a turn where somebody counts our messages by the second
_SLOT = timedelta(minutes=12)  # beyond a whole conversation: the answer to the final dot may take ten minutes
_SLOT_WAIT = timedelta(seconds=5)


def take_leave(
    session: Session, ask: Ask, *, done: Done, before: Leave | None, has_slots: bool
) -> tuple[Leave | Wait, bool]:
    """Give the last leave back, tell what was done under it, and take the next; Wait when the account cannot be used now.

    The second value says whether slots are held afterwards. They are kept during a short wait, with the open connection.
    """
    channels = _load(session, ask, done, before)
    changed = _tell(session, ask, channels, done)
    if before is not None:
        changed |= _return(session, ask.account, channels, before)
    found = _grant(session, ask, channels)
    if isinstance(found, Leave):
        changed |= _take(session, ask, channels, found)
        if found.connections or has_slots:
            store.set_slots(session, ask.account.name, ask.owner, found.connections, until=ask.at + _SLOT)
        has_slots = bool(found.connections)
    elif has_slots and found.until - ask.at > SHORT:
        store.drop_slots(session, ask.account.name, [ask.owner])
        has_slots = False
    store.save_channels(session, ask.account.name, {name: channels[name] for name in changed}, at=ask.at)
    return found, has_slots


def give_back(
    session: Session,
    account: SmtpAccount,
    owner: str,
    *,
    at: datetime,
    done: Done,
    before: Leave | None,
    kept: int = 0,
) -> None:
    """End a leave: tell what was done, return turns and usage, and the slots too but for so many kept connections."""
    ask = Ask(account=account, owner=owner, at=at, wanted={}, ahead=0)
    channels = _load(session, ask, done, before)
    changed = _tell(session, ask, channels, done)
    if before is not None:
        changed |= _return(session, account, channels, before)
    store.set_slots(session, account.name, owner, {WHOLE: kept} if kept else {}, until=at + _SLOT)
    store.save_channels(session, account.name, {name: channels[name] for name in changed}, at=at)


def add_channels(
    session: Session, account: SmtpAccount, destinations: Iterable[str], *, at: datetime, needed: bool = False
) -> None:
    """Store the channels that are to be stored, if they are not, at the pace at which they begin.

    To this machine only what was in trouble is stored (`needed`). This is a transaction of its own: one that held locks
    already could wait for a worker that waits for it.
    """
    is_stored = needed or not account.is_local
    names = {name for name in destinations if is_stored and name != WHOLE}
    if needed or _is_capped(account):
        names |= {WHOLE} & set(destinations)
    store.add_channels(session, account.name, {name: _start_of(account, name) for name in names}, at=at)


def _load(session: Session, ask: Ask, done: Done, before: Leave | None) -> dict[str, StoredChannel]:
    """Return the channels concerned, locked; to this machine, where few are stored, all of them: any other is free."""
    names = None if ask.account.is_local else {WHOLE, *ask.wanted, *done.accepted, *(before.lanes if before else ())}
    found = store.list_channels(session, ask.account.name, names, for_update=True)
    return {WHOLE: StoredChannel(pace=UNLIMITED)} | found


def _is_capped(account: SmtpAccount) -> bool:
    return account.caps != Caps()


def _start_of(account: SmtpAccount, destination: str) -> Pace:
    return UNLIMITED if destination == WHOLE else start_of(destination, is_local=account.is_local)


def _tell(session: Session, ask: Ask, channels: dict[str, StoredChannel], done: Done) -> set[str]:
    """Apply what was accepted; return the channels that it changed."""
    changed = set()
    for name in done.accepted:
        if name in channels:
            was = channels[name]
            pace = done.applied(name, was.pace)
            if pace != was.pace:
                channels[name] = StoredChannel(pace=pace, free_at=was.free_at)
                changed.add(name)
            if was.pace.hold is not None and pace.hold is None:
                lower_alarms(session, ask.account.name, name, at=ask.at)
    return changed


def _return(session: Session, account: SmtpAccount, channels: dict[str, StoredChannel], before: Leave) -> set[str]:
    """Return what is left of a leave; turns only where nobody has taken later ones."""
    changed = set()
    if before.used < before.charged:
        store.add_usage(session, account.name, before.bucket, before.used - before.charged)
    for name, turns in {WHOLE: before.whole, **before.lanes}.items():
        if turns.count and turns.is_paced and name in channels and channels[name].free_at == turns.end_at:
            channels[name] = StoredChannel(pace=channels[name].pace, free_at=turns.first_at)
            changed.add(name)
    return changed


def _grant(session: Session, ask: Ask, channels: Mapping[str, StoredChannel]) -> Leave | Wait:
    """Decide what may be sent now; nothing is written but that dead workers' slots are free."""
    limited = {name for name in (WHOLE, *ask.wanted) if name in channels and _limit(ask, channels[name].pace, name)}
    slots = store.list_slots(session, ask.account.name, limited, at=ask.at) if limited else {}
    free = {name: _free(session, ask, channels[name].pace, name, slots) for name in limited}
    turns = _grant_whole(session, ask, channels[WHOLE], free)
    if isinstance(turns, Wait):
        return turns
    until = ask.at + _VALID
    leave = Leave(
        until=until,
        whole=turns,
        paces={name: channel.pace for name, channel in channels.items()},
        is_free=ask.account.is_local,
        bucket=bucket_of(until),  # as if all were sent at the end, so that no window of an hour holds more than the cap
        charged=turns.count,
    )
    _grant_lanes(ask, channels, leave, free)
    leave.connections = {name: min(free[name], ask.connections) for name in (WHOLE, *leave.lanes) if name in free}
    return leave


def _grant_whole(session: Session, ask: Ask, whole: StoredChannel, free: Mapping[str, int]) -> Turns | Wait:
    """Return the account's turns for all that is wanted, as far as its hold, hour, day, connections and second allow."""
    if whole.pace.is_held(ask.at):
        return held_wait(ask.account, WHOLE, whole.pace)
    room = _room(session, ask)
    if isinstance(room, Wait):
        return room
    if free.get(WHOLE) == 0:
        reason = f"all connections of {ask.account.name} are in use"
        return Wait(until=ask.at + _SLOT_WAIT, reason=reason, is_everywhere=True)
    is_free = ask.account.is_local and not _is_capped(ask.account)
    wanted = FREE_SIZE if is_free else min(sum(ask.wanted.values()), room, SIZE)
    turns = _turns(ask, whole, WHOLE, 1 if whole.pace.is_half_open else wanted)
    if not turns.count:
        return Wait(until=turns.first_at, reason=f"{ask.account.name} has its messages of this second")
    return turns


def _grant_lanes(ask: Ask, channels: Mapping[str, StoredChannel], leave: Leave, free: Mapping[str, int]) -> None:
    """Share the account's turns out among the destinations, the one needed now first."""
    left = leave.whole.count
    for place, (name, number) in enumerate(ask.wanted.items()):
        channel = channels.get(name)
        if channel is None:
            continue  # free
        if channel.pace.is_held(ask.at):
            leave.waits[name] = held_wait(ask.account, name, channel.pace)
        elif place and (channel.pace.was_slowed or channel.pace.is_half_open):
            continue  # its few connections are taken only by whoever needs them now
        elif free.get(name) == 0:
            leave.waits[name] = Wait(until=ask.at + _SLOT_WAIT, reason=f"all connections to {name} are in use")
        elif left:
            wanted = 1 if channel.pace.is_half_open else min(number, left)
            turns = _turns(ask, channel, name, wanted)
            if turns.count:
                leave.lanes[name] = turns
                left -= turns.count
            else:
                leave.waits[name] = Wait(until=turns.first_at, reason=f"{name} takes no more messages a second")


def _take(session: Session, ask: Ask, channels: dict[str, StoredChannel], leave: Leave) -> set[str]:
    """Write down what was granted, so that no other worker is granted the same."""
    store.add_usage(session, ask.account.name, leave.bucket, leave.charged)
    changed = set()
    for name, turns in {WHOLE: leave.whole, **leave.lanes}.items():
        if turns.is_paced:
            channels[name] = StoredChannel(pace=channels[name].pace, free_at=turns.end_at)
            changed.add(name)
    return changed


def _room(session: Session, ask: Ask) -> int | Wait:
    """Return how many messages the account's hour and day leave."""
    account, on = ask.account, ask.at.date()
    day = warmup_day(account.caps, on)
    if day is not None and day < 1:
        begins_at = datetime.combine(on, datetime.min.time(), ask.at.tzinfo) + timedelta(days=1 - day)
        reason = f"the warm-up of {account.name} begins on {account.caps.warmup_on}"
        return Wait(until=begins_at, reason=reason, is_everywhere=True)
    if account.caps.per_hour is None and daily_cap(account.caps, on) is None:
        return SIZE
    usage = store.measure_usage(session, account.name, at=ask.at)
    room = room_left(account.caps, usage, on)
    if room is None or room > 0:
        return SIZE if room is None else room
    per_day = daily_cap(account.caps, on)
    is_day = per_day is not None and usage.day >= per_day
    cap, window, name = (per_day, DAY, "24 hours") if is_day else (account.caps.per_hour, HOUR, "hour")
    until = store.find_usage_end(session, account.name, window, cap or 0, at=ask.at)
    reason = f"{account.name} has carried the {cap} messages it may carry in any {name}"
    return Wait(until=until, reason=reason, is_everywhere=True)


def _limit(ask: Ask, pace: Pace, name: str) -> int | None:
    return pace.connections(ask.account.caps.connections if name == WHOLE else None)


def _free(session: Session, ask: Ask, pace: Pace, name: str, slots: Mapping[str, Mapping[str, int]]) -> int:
    """Return how many of a limited channel's connections are free for us; those of dead workers are."""
    limit = _limit(ask, pace, name) or 0
    others = {owner: count for owner, count in slots.get(name, {}).items() if owner != ask.owner}
    if sum(others.values()) >= limit:
        dead = [owner for owner in others if is_owner_dead(owner)]
        if dead:
            store.drop_slots(session, ask.account.name, dead)
        others = {owner: count for owner, count in others.items() if owner not in dead}
    return max(0, limit - sum(others.values()))


def _turns(ask: Ask, channel: StoredChannel, name: str, wanted: int) -> Turns:
    rate = channel.pace.rate(ask.account.caps.per_second if name == WHOLE else None)
    is_strict = name == WHOLE or channel.pace.was_slowed
    return next_turns(
        channel.free_at,
        rate,
        min(wanted, ask.ahead) if rate is not None and is_strict else wanted,
        at=ask.at,
        until=ask.at + _VALID,
        patience=_PATIENCE if is_strict else _VALID,
    )
