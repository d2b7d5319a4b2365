"""One day of the newsletter, conducted: what is due, who gets what, and how far it is."""
