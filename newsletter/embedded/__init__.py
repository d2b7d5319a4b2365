"""What stands in for outside services on one machine: the inbox, the broker, the processes."""
