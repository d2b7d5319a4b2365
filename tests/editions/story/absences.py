"""Days without digests, one for each reason, with what is said of it."""

from datetime import date

from newsletter.editions.story.facts import DayFacts
from newsletter.editions.story.lists import Absence
from tests.editions.story.stories import ERROR, LATE, NONE, PARTIAL, after, day, edition, listed

LEFT_OUT = "the listing of recent days leaves it out; arXiv names a holiday"
PASSED_ON = "so the papers of Fri 20 Mar come as late ones in a later digest"
WITHOUT: dict[Absence, tuple[DayFacts, str]] = {
    Absence.WEEKEND: (
        day(edition_on=date(2026, 3, 21), now=after(60)),
        "No mail: arXiv dates no list on a weekend.",
    ),
    Absence.NOT_ANNOUNCED: (
        day(listed(None), now=after(-1)),
        "Not yet: arXiv announces the list of Fri 20 Mar on Thu 19 Mar at 20:00 Eastern.",
    ),
    Absence.NO_LIST: (
        day(listed(NONE, LEFT_OUT), now=after(60)),
        f"No mail: arXiv announced nothing dated Fri 20 Mar ({LEFT_OUT}).",
    ),
    Absence.NOT_COLLECTED: (
        day(listed(None), now=after(60)),
        "No mail: nothing of Fri 20 Mar was collected, so it has no edition.",
    ),
    Absence.NO_ANSWER: (
        day(listed(ERROR, "no source answers: It timed out."), now=after(60)),
        "No mail: the list of cs could not be had (no source answers: It timed out).",
    ),
    Absence.ARCHIVED: (
        day(listed(None, seen_at=after(60), is_backfilled=True), edition=edition(composed_at=None), now=after(61)),
        "No mail: the lists of Fri 20 Mar were fetched for the archive afterwards, and past days are not mailed.",
    ),
    Absence.OVERTAKEN: (
        day(edition=edition(composed_at=None), newest_on=date(2026, 3, 23), now=after(90)),
        f"No mail: no digests were composed before the next edition opened, {PASSED_ON}.",
    ),
    Absence.LISTS_LATE: (
        day(listed(LATE), listed(PARTIAL, category="stat", missing_count=3)),
        "Not yet: 3 papers of stat are missing and the list of cs is late; we ask until 06:00 Eastern.",
    ),
    Absence.TO_COMPOSE: (
        day(edition=edition(composed_at=None)),
        "Not yet: the edition is ready, and its digests are about to be composed.",
    ),
}
