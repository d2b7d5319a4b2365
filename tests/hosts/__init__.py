"""Worker hosts in network namespaces, against one PostgreSQL and one Valkey on a bridge: ``make hosts``.

Each host has a network, a name and process ids of its own, so that nobody on one knows whether a process on another lives.
"""
