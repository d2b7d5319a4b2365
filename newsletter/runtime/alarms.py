"""Work on alarms: notice what lasts too long, tell the operators, show what is open."""

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.alarm_mails import has_news, queue_alarm_mails
from newsletter.deliveries.alarms import Alarm, list_open_alarms
from newsletter.deliveries.flood import forget_askings
from newsletter.deliveries.states import parse_uncertain_policy
from newsletter.editions.watch import watch
from newsletter.runtime.papers import PaperWork
from newsletter.runtime.readers import ReaderWork
from newsletter.subscribers.store import ensure_operators


class AlarmWork(PaperWork, ReaderWork):
    """What an installation can do for its operators."""

    def watch(self) -> tuple[int, int]:
        """Open and close the alarms about what lasts too long; returns how many were opened and closed."""
        return watch(
            self.desk,
            deadline=self.collector.deadline,
            gate=self.flood_gate,
            retry_after=parse_uncertain_policy(self.settings.uncertain),
        )

    def tell_operators(self) -> int:
        """Queue the mails about alarms that began or ended; returns how many. Nobody is told where no address is set."""
        at, addresses = self.clock(), self.settings.admin_email
        with reading(self.database) as session:
            if not addresses or not has_news(session, at=at):
                return 0
        with transaction(self.database) as session:
            operators = ensure_operators(session, addresses, at=at)
            return len(queue_alarm_mails(session, operators, at=at, message_id=self.message_id))

    def forget_askings(self) -> int:
        """Delete the traces of requests for mails that no limit counts any more."""
        with transaction(self.database) as session:
            return forget_askings(session, at=self.clock())

    def list_alarms(self) -> list[Alarm]:
        """Return what is open, the oldest first."""
        with reading(self.database) as session:
            return list_open_alarms(session)
