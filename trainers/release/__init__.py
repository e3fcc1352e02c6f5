"""From a finished run to a released encoder."""
