"""Where jax keeps what it has compiled, so that no other job and no other day compiles it again."""

import hashlib
import os
import platform
import re
from contextlib import suppress
from pathlib import Path

from eiplast import toolchain


def prepare(environ):
    """Set a folder of the user's cache in `environ`, unless one stands there, for all that jax compiles.

    Where the cache cannot be written nothing is kept.
    """
    # jax keeps no program that calls Python back, as diffrax's do to raise what is wrong in their arguments. They
    # give NaN instead, which is recorded as divergence; whether a solver gave up is in its result either way.
    environ["EQX_ON_ERROR"] = "nan"
    environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    if "JAX_COMPILATION_CACHE_DIR" in environ:
        return
    # An account may have no home, and a home no room.
    with suppress(RuntimeError, OSError):
        folder = toolchain.user_cache(environ) / "eiplast" / f"jax-{_processor()}"
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            environ["JAX_COMPILATION_CACHE_DIR"] = str(folder)


def _processor():
    """Name of what this processor can do: a program for another may use instructions that it lacks."""
    known = platform.machine() + platform.processor()
    with suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        known += "".join(
            sorted(set(re.findall(r"^(?:model name|flags|Features)\s*:.*", text, re.M)))
        )
    return hashlib.sha256(known.encode()).hexdigest()[:16]
