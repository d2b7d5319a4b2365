"""The torture harness: real workers, a broker, a database and a relay that all fail by schedule, and a judge at the end.

`schedule` draws from a seed what will happen, `run` lets it happen, `peer` keeps the relay's own record, and `judge` compares
that record with the ledger. See docs/operations.md, "Torture".
"""
