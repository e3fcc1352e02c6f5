"""Who embeds: threads on one machine, or Ray on many."""
