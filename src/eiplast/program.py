"""How a program of this package runs, and ends when it cannot do its work."""

import contextlib
import gc
import sys

from eiplast.errors import JobError


@contextlib.contextmanager
def running():
    """A whole program in the block: where that raises JobError, the program ends with the message alone."""
    # What is imported stays to the end: to look through it for garbage, then and before, takes a short job a fifth
    # of its time.
    gc.freeze()
    gc.set_threshold(20_000)
    try:
        yield
    except JobError as error:
        # Also to the terminal: where the disk is full, the log has no room for it.
        print(f"error: {error}", flush=True)
        sys.exit(f"error: {error}")
    finally:
        gc.freeze()
