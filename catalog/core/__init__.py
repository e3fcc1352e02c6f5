"""What every room stands on: errors, paths, whole files, tables of users."""
