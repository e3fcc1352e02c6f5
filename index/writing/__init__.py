"""What everything that writes rows shares: the collection, ids, places, thumbnails."""
