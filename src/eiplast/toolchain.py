"""What compiled networks need of a machine: a C++ compiler of one word, a cache that locks and runs programs."""

import atexit
import fcntl
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from eiplast.errors import JobError


def prepare(environ):
    """Fit CXX and XDG_CACHE_HOME in `environ` for `homeostasis.spiking.trials`.

    Raises JobError where CXX names no program, or the cache runs none.
    """
    _fit_compiler(environ)
    cache = _cache(environ)
    if _is_writable(cache / "eiplast") and not _locks(cache / "eiplast"):
        print(f"notice: {cache} cannot lock files: the network is compiled anew", file=sys.stderr)
        cache = Path(_folder_of_this_process())
        environ["XDG_CACHE_HOME"] = str(cache)
    if _is_writable(cache / "eiplast") and not _runs(cache / "eiplast"):
        raise JobError(
            f"{cache / 'eiplast'} runs no programs (is it mounted noexec?): "
            "set XDG_CACHE_HOME to a folder that does"
        )


def user_cache(environ):
    """The user's cache folder. Raises RuntimeError for an account without a home."""
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _cache(environ):
    """`user_cache`; an account without a home, as in some containers, gets one for this process."""
    try:
        return user_cache(environ)
    except RuntimeError:
        environ["XDG_CACHE_HOME"] = _folder_of_this_process()
        return Path(environ["XDG_CACHE_HOME"])


def _fit_compiler(environ):
    """A command with arguments, such as ``ccache g++``, behind the name of one program."""
    command = shlex.split(environ.get("CXX", ""))
    if len(command) < 2 or shutil.which(environ["CXX"]):
        return
    if not shutil.which(command[0]):
        raise JobError(
            f"CXX = {environ['CXX']!r}: there is no program {command[0]!r}; unset CXX or correct it"
        )
    program = Path(_folder_of_this_process()) / "cxx"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
    program.chmod(0o700)
    environ["CXX"] = str(program)


def _folder_of_this_process():
    """A folder that goes with the process, in a place without blanks: make splits there."""
    places = [place for place in (tempfile.gettempdir(), "/tmp", "/var/tmp") if " " not in place]
    folder = tempfile.mkdtemp(prefix="eiplast-", dir=places[0])
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _is_writable(folder):
    """Whether files can be made there; where not, the program is kept beside its sources."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _locks(folder):
    with tempfile.TemporaryFile(dir=folder) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            return False
    return True


def _runs(folder):
    with tempfile.TemporaryDirectory(dir=folder) as inside:
        program = Path(inside) / "program"
        program.write_text("#!/bin/sh\n", encoding="utf-8")
        program.chmod(0o700)
        try:
            return subprocess.run([program]).returncode == 0
        except OSError:
            return False
