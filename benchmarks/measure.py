"""What all benchmarks share: one thread, processor seconds, the least of repetitions taken in turn.

A busy machine disturbs processor time less than wall time.
"""

import os
import resource
import time
from pathlib import Path

import psutil

root = Path(__file__).parent.parent


def one_thread():
    """Tell all libraries to use one thread; to be called before they are imported."""
    for name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        os.environ[f"{name}_NUM_THREADS"] = "1"
    # XLA reads no thread count of its own but this one.
    os.environ["NPROC"] = "1"


def row(table, work, program, seconds, per, variant="", version="", note=""):
    """One row of measured.csv as far as a benchmark knows it; `variant` tells apart rows of a program.

    Rows of one `work` are compared with the first of them whose program is eiplast.
    """
    return {
        "table": table,
        "work": work,
        "program": program,
        "variant": variant,
        "version": version,
        "seconds": seconds,
        "per": per,
        "note": note,
    }


def least(programs, rounds):
    """Least result of each of `programs`, a dict of functions without arguments, called in turn."""
    found = [{name: run() for name, run in programs.items()} for _ in range(rounds)]
    return {name: min(one[name] for one in found) for name in programs}


def cpu():
    """Processor seconds of this process and of its children that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def others():
    """Seconds by the clock, and processor seconds that all other processes of the machine have used."""
    times = psutil.cpu_times()
    return time.monotonic(), times.user + times.system + getattr(times, "nice", 0) - cpu()
