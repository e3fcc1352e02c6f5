"""The manifest, where data sets lie, fetching and verifying them."""
