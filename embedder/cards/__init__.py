"""Cards of released encoders, and the files that belong to them."""
