"""Search over every stored paper in both languages, papers that are like another one, and what a query would have brought."""
