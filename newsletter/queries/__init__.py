"""What readers ask for: the query language and the matcher that runs all queries over a day at once."""
