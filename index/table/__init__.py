"""The Lance table of a collection: columns, versions, commits, files."""
