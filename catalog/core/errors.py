"""The one exception that a user of brainseek is expected to read."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class BrainseekError(Exception):
    """A problem that the user can act on.

    The message is one or two sentences: the bad value, why it is bad and what to do about it.
    The command line prints it without a traceback and exits with status 2.
    """


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Print a `BrainseekError` of the block, or of the decorated function, and exit with 2."""
    try:
        yield
    except BrainseekError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
