"""From a finished run to a released encoder: ``python -m brainseek.trainers.release RUN NAME``."""
