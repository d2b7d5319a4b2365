"""Atom feeds: of a query, of a day, of the editions, and of a reader's own digests."""
