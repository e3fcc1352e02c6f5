"""Search in collections, measured."""
