"""Why a mail came, came late, was empty or did not come: the facts of a day, and the sentences that tell them."""
