"""Which way a message goes: accounts and destinations, their pace shared by all workers, caps and fail-over.

`Channels` is the way in, one for each dispatch run. State lives in the database (`tables`, `store`); what it means is decided
by pure functions (`deliveries.pacing`, `deliveries.caps`). Leave to send is granted for some 50 messages at a time (`leave`,
`grant`) and used up by a `line`, which is one account in the hands of one worker.
"""

from newsletter.deliveries.channels.channels import Channel, Channels, Destinations, Transport, Wait

__all__ = ["Channel", "Channels", "Destinations", "Transport", "Wait"]
