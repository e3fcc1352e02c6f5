"""One search: a view of the rows, hits, words, places."""
