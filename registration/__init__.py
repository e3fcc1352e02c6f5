"""From retrieved plates to places: identification of the plate a section comes from."""
