"""Files that are written whole or not at all."""

import contextlib
import os
import shutil
from pathlib import Path

from eiplast.errors import JobError


@contextlib.contextmanager
def writing(path):
    """A temporary path beside `path`, with its suffix, that takes its place when the block ends well.

    Raises JobError where the file cannot be written, with what the system says and the space that is left.
    """
    path = Path(path)
    temporary = path.with_name(f".{os.getpid()}.part.{path.name}")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        free = shutil.disk_usage(path.parent).free / 1e6
        raise JobError(
            f"{path} cannot be written ({error.strerror or error}); {free:.1f} MB are free there. "
            "Make room and run the same command again"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
