"""Which way a message goes: accounts and destinations, their pace shared by all workers, caps and fail-over.

`Channels` is the way in, one for each dispatch run. State lives in the database (`tables`, `store`); what it means is decided
by pure functions (`deliveries.pacing`, `deliveries.caps`); leave to send is taken for some 50 messages at a time (`leave`).
"""

from newsletter.deliveries.channels.channels import Channel, Channels, Destinations, Transport, Wait

__all__ = ["Channel", "Channels", "Destinations", "Transport", "Wait"]
