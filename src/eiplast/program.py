"""How a program of this package ends when it cannot do its work."""

import contextlib
import sys

from eiplast.errors import JobError


@contextlib.contextmanager
def in_one_line():
    """End the program with the message alone where the block raises JobError."""
    try:
        yield
    except JobError as error:
        # Also to the terminal: where the disk is full, the log has no room for it.
        print(f"error: {error}", flush=True)
        sys.exit(f"error: {error}")
