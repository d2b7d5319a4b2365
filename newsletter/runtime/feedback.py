"""Work on what comes back: reports and complaints, mails that unsubscribe, and addresses that are stopped."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.alarms import AlarmKind, clear_alarm, list_open_alarms, raise_alarm
from newsletter.deliveries.feedback import by_hand, store
from newsletter.deliveries.feedback.hear import clear_refusals, hear
from newsletter.deliveries.feedback.store import Feedback
from newsletter.embedded.listener import Reports
from newsletter.errors import MailboxError
from newsletter.mail.intake.imap import ImapMailbox, collect_imap, parse_imap_url
from newsletter.mail.intake.incoming import MAX_MAIL_BYTES, Incoming, Source, open_mail
from newsletter.mail.intake.maildir import collect_maildir
from newsletter.operators.audit import Note, no_note
from newsletter.runtime.readers import ReaderWork
from newsletter.settings import Settings
from newsletter.subscribers.suppression import Suppression
from newsletter.subscribers.suppression_store import list_suppressions
from newsletter.words import Words

MAILS_A_ROUND = 500
SHOWN_WITHIN = timedelta(days=14)
_TROUBLED_MINUTES = 15
"""A source that is in trouble is asked only so often: a wrong password every minute gets an account locked."""

_Record = Callable[[bytes], None]
_Collect = Callable[[_Record], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What a round brought: how many mails, what followed from how many reports, and what kept a source from being read."""

    mails: int
    effects: Mapping[str, int]
    problems: tuple[str, ...]


def find_mailbox(settings: Settings) -> ImapMailbox | None:
    """Return the mailbox of reports that the settings name, None without one. Raises SettingsError."""
    return parse_imap_url(settings.bounce_imap_url) if settings.bounce_imap_url else None


class FeedbackWork(ReaderWork):
    """What an installation can do with what comes back."""

    def hear(self, incoming: Incoming) -> list[Feedback]:
        """Keep what came in and do what follows; returns what was new in it. Committed when this returns."""
        return list(hear(self.database, self.feedback_secrets, incoming, at=self.clock()))

    def collect_feedback(self) -> Collection:
        """Read what waits in the mailboxes that the settings name. A source in trouble raises an alarm and stops no other."""
        effects: Counter[str] = Counter()
        mails, problems = 0, []
        for source, collect in self._sources().items():
            try:
                mails += collect(partial(self._record, source, effects))
            except MailboxError as error:
                problems.append(str(error))
                self._report_trouble(source, str(error))
            else:
                self._report_end(source)
        return Collection(mails=mails, effects=effects, problems=tuple(problems))

    @property
    def has_feedback_source(self) -> bool:
        """Whether the settings name a mailbox to look into."""
        return bool(self.settings.bounce_imap_url or self.settings.bounce_maildir)

    def is_feedback_due(self) -> bool:
        """Tell whether the mailboxes are to be looked into now."""
        if not self.has_feedback_source:
            return False
        with reading(self.database) as session:
            is_troubled = bool(list_open_alarms(session, AlarmKind.BOUNCE_TROUBLE))
        return not is_troubled or self.clock().minute % _TROUBLED_MINUTES == 0

    def clear_refusals(self) -> int:
        """Close the alarms about destinations that send nothing back because of us any more; returns how many."""
        with transaction(self.database) as session:
            return clear_refusals(session, at=self.clock())

    def reports(self) -> Reports:
        """Return what the listener takes, and what it does with it."""

        def record(raw: bytes, recipient: str) -> None:
            self.hear(open_mail(raw[:MAX_MAIL_BYTES], Source.SMTP, recipients=[recipient]))

        return Reports(is_ours=self._is_ours, record=record)

    def list_feedback(self, edition_on: date | None = None) -> list[Feedback]:
        """Return what came back about an edition's deliveries, or all that came back in the last two weeks."""
        with reading(self.database) as session:
            if edition_on is not None:
                return store.list_of_edition(session, edition_on)
            return store.list_since(session, self.clock() - SHOWN_WITHIN)

    def list_suppressions(self) -> list[Suppression]:
        """Return all stopped addresses, the latest first."""
        with reading(self.database) as session:
            return list_suppressions(session)

    def suppress(self, email: str, *, reason: str, note: Note = no_note) -> bool:
        """Stop all mail to an address; False when it was stopped before. Raises AddressError."""
        with transaction(self.database) as session:
            is_new = by_hand.suppress_by_hand(session, self.tokens, email, reason=reason, at=self.clock())
            if is_new:
                note(session)
            return is_new

    def unsuppress(self, email: str, *, reason: str, note: Note = no_note) -> None:
        """Let an address get mail again. Raises NotFoundError, AddressError."""
        with transaction(self.database) as session:
            by_hand.lift_by_hand(session, self.tokens, email, reason=reason, at=self.clock())
            note(session)

    def erase(self, email: str, *, note: Note = no_note) -> None:
        """Forget whose an address is. Raises NotFoundError."""
        with transaction(self.database) as session:
            by_hand.erase(session, self.tokens, email, at=self.clock())
            note(session)

    def _sources(self) -> dict[Source, _Collect]:
        found: dict[Source, _Collect] = {}
        mailbox = find_mailbox(self.settings)
        if mailbox is not None:
            found[Source.IMAP] = partial(collect_imap, mailbox, limit=MAILS_A_ROUND)
        if self.settings.bounce_maildir:
            found[Source.MAILDIR] = partial(collect_maildir, self.settings.bounce_maildir, limit=MAILS_A_ROUND)
        return found

    def _record(self, source: Source, effects: Counter[str], raw: bytes) -> None:
        effects.update(found.effect for found in self.hear(open_mail(raw, source)))

    def _is_ours(self, address: str) -> bool:
        paths = self.return_paths
        return paths.read(address) is not None or paths.read_unsubscribe(address) is not None

    def _report_trouble(self, source: Source, problem: str) -> None:
        with transaction(self.database) as session:
            raise_alarm(
                session,
                AlarmKind.BOUNCE_TROUBLE,
                source,
                at=self.clock(),
                detail=Words(problem, f"无法读取：{problem}"),
            )

    def _report_end(self, source: Source) -> None:
        with transaction(self.database) as session:
            clear_alarm(session, AlarmKind.BOUNCE_TROUBLE, source, at=self.clock())
