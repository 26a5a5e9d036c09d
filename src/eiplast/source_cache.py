"""Where digests of the sources are kept, in the user's cache: to find them all takes most of a second.

A file for each state of the sources: one letter more, in any of them, is another state.
"""

import contextlib
import functools
import hashlib
import json
import os

from eiplast import atomic, toolchain
from eiplast.errors import JobError


@functools.cache
def load(package):
    """The file for `package` as it is, None where there is no cache, and the digests in it, by name."""
    paths = [
        path for path in package.rglob("*") if "__pycache__" not in path.parts and path.is_file()
    ]
    parts = [(path.relative_to(package).as_posix(), _sha(path.read_bytes())) for path in paths]
    try:
        folder = toolchain.user_cache(os.environ) / "eiplast/digests"
    except RuntimeError:
        return None, {}
    kept = folder / f"{_sha(repr(sorted(parts)).encode())}.json"
    with contextlib.suppress(OSError, ValueError):
        return kept, json.loads(kept.read_text(encoding="utf-8"))
    return kept, {}


def save(kept, known):
    """Write `known`; what others keep at the same time may be lost, and is found again."""
    with contextlib.suppress(OSError, JobError):
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            with atomic.writing(kept) as temporary:
                temporary.write_text(json.dumps(known), encoding="utf-8")


def _sha(content):
    return hashlib.sha256(content).hexdigest()
