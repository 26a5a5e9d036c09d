"""The program of a spiking network: which compiler makes it, and a cache of those that are made."""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from eiplast.errors import JobError


def compiler():
    """Command of the C++ compiler: CXX, or g++, or what the system calls c++."""
    return os.environ.get("CXX", "g++" if shutil.which("g++") else "c++")


def flags():
    """Beside Brian2's: GCC gives up on the loop over units, which has more arrays than it checks for overlap."""
    gcc = b"Free Software Foundation" in _version()
    return ["--param=vect-max-version-for-alias-checks=300"] if gcc else []


def _version():
    """What the compiler says of itself."""
    return subprocess.run([compiler(), "--version"], capture_output=True).stdout


def program(folder):
    """The program of the sources in `folder`, from this user's cache or compiled into it.

    Keyed by sources, compiler and processor: code for one processor need not run on another. A lock keeps
    a second job from compiling the same program; the finished program moves in whole or not at all.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "eiplast"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        cache = folder
    key = _key(folder)
    made = cache / f"spiking-{key}"
    with open(cache / f"spiking-{key}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            print("compiling the network, once for all networks of its size", file=sys.stderr)
            make(folder)
            shutil.copy(folder / "main", folder / "copy")
            os.replace(shutil.move(folder / "copy", cache / f".{key}.{os.getpid()}"), made)
    return made


def make(folder):
    """Compile the sources in `folder`. Raises JobError with what the compiler says."""
    done = subprocess.run(
        ["make", f"-j{os.cpu_count()}", f"CXX={compiler()}"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise JobError(
            f"the network does not compile with {compiler()}; EIPLAST_COMPILE=0 runs it without. "
            f"The compiler says: {done.stderr.strip()[-2000:]}"
        )


def _key(folder):
    """Digest of what decides the program."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    digest = hashlib.sha256(_version() + f"{platform.platform()} {flags}".encode())
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".cpp", ".h"} or path.name == "makefile":
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:24]
