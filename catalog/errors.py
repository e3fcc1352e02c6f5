"""The one exception that a user of brainseek is expected to read."""


class BrainseekError(Exception):
    """A problem that the user can act on.

    The message is one or two sentences: the bad value, why it is bad and what to do about it.
    The command line prints it without a traceback and exits with status 2.
    """
