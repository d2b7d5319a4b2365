"""The site as a browser shows it: whole uses, every page, in both languages, by day and by night."""
