"""Where mail about our mails is taken from, and how one of them is opened; what follows is decided in `deliveries.feedback`."""
