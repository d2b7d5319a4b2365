"""Work on accounts and channels: show them, and end a hold."""

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.channels.survey import AccountView, resume, survey
from newsletter.operators.audit import Note, no_note
from newsletter.runtime.parts import Parts


class ChannelWork(Parts):
    """What an installation can do with its accounts."""

    def survey_channels(self) -> list[AccountView]:
        """Return how each account and its channels stand, the preferred account first."""
        with reading(self.database) as session:
            return survey(session, self.accounts, at=self.clock())

    def resume_channels(self, account: str, destination: str | None, *, note: Note = no_note) -> list[str]:
        """End the holds of an account, or of one of its channels; returns the destinations that were held."""
        with transaction(self.database) as session:
            freed = resume(session, self.accounts, account, destination, at=self.clock())
            if freed:
                note(session)
            return freed
