"""The commands of ``brainseek``."""
