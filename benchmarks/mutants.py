"""What the default tests catch of deliberate errors: ``python benchmarks/mutants.py [n] [seed] [MODULE ...]``.

Draws `n` changes of one number, operator, name, call or statement in the models, rules, solvers, statistics and
tables, or in the modules that are named, one after the other. Each is made in a private copy of the last commit,
where the tests that can see it run until one fails. Every error is a line of mutants.csv; those that stand there
are not tried again.
"""

import csv
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mutations

_root = Path(__file__).parent.parent
_table = _root / "benchmarks/mutants.csv"
_columns = ["seed", "module", "line", "kind", "before", "after", "caught_by", "seconds"]
_modules = [
    *("disinhibition/*.py", "homeostasis/**/*.py", "verdict.py", "outcome.py", "ours.py"),
    *("compare.py", "accuracies.py", "reasons.py", "sample.py", "costs.py"),
    *("aggregate.py", "dataset.py", "tfds.py", "netcdf.py", "printed.py", "table/*.py"),
]
# Files of tests of the modules that stand in no room.
_statistics = [
    *("test_compare.py", "test_outcome.py", "test_accuracies.py", "test_report.py"),
    *("test_publish.py", "test_published.py", "test_sample.py", "test_costs.py"),
    *("test_tables.py", "test_dataset.py", "test_tfds.py", "test_netcdf.py", "test_finite.py"),
    *("homeostasis/test_sensitivity.py", "disinhibition/test_ablation.py"),
]
# Modules that read config.yaml, and files of tests of these.
_readers = ("settings.py", "contradictions_a.py", "contradictions_b.py", "places.py")
_reading = [
    *("test_settings.py", "test_contradictions.py", "test_guard.py", "test_names.py"),
    "test_bad_configurations.py",
]
# Files of tests that take longer than ten seconds, in the order in which they are tried.
_slow = [
    *("test_network.py", "test_student_teacher.py", "test_train.py", "test_microcircuit.py"),
    *("test_equilibria.py", "test_hard_samples.py", "test_student_learns.py"),
]
# Tests that take longer than so many seconds hang.
_limit = 1800


def main(n=80, seed=1, *modules):
    """Try `n` errors in `modules`, patterns below src/eiplast."""
    done = {tuple(row[:6]) for row in csv.reader(_table.open())} if _table.exists() else set()
    if not done:
        _write(_columns)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "clone", "-q", _root, folder], check=True)
        for module, (place, kind, before, after) in sample(int(n), int(seed), modules or _modules):
            row = [str(seed), module, str(place[0]), kind, before, after]
            if tuple(row) not in done:
                _write([*row, *_try(Path(folder), module, place, after)])
        caught_by = {row["caught_by"].split(" (")[0] for row in csv.DictReader(_table.open())}
        if wrong := _fails(Path(folder), *sorted(caught_by - {""}), limit=None):
            sys.exit(f"{wrong} fails without an error too: what it caught does not count")


def sample(n, seed, modules):
    """`n` errors, [(module, (place, kind, before, after))]: a kind of a module first, then a place."""
    chance = random.Random(seed)
    package = _root / "src/eiplast"
    left = {}
    for path in sorted(path for pattern in modules for path in package.glob(pattern)):
        for one in mutations.candidates(path.read_text("utf-8")):
            left.setdefault(str(path.relative_to(package)), {}).setdefault(one[1], []).append(one)
    drawn = []
    while len(drawn) < n and left:
        for module in chance.sample(sorted(left), len(left)):
            kind = chance.choice(sorted(left[module]))
            places = left[module][kind]
            drawn.append((module, places.pop(chance.randrange(len(places)))))
            left[module] = {kind: places for kind, places in left[module].items() if places}
        left = {module: kinds for module, kinds in left.items() if kinds}
    return drawn[:n]


def _try(folder, module, place, after):
    """What catches the error, and after how many seconds."""
    file, started = folder / "src/eiplast" / module, time.time()
    original = file.read_bytes()
    stamp = file.stat()
    lines = original.split(b"\n")
    first, start, last, end = place
    changed = lines[first - 1][:start] + after.encode() + lines[last - 1][end:]
    file.write_bytes(b"\n".join([*lines[: first - 1], changed, *lines[last:]]))
    caught_by = next(filter(None, (_fails(folder, *some) for some in _tests(folder, module))), "")
    file.write_bytes(original)
    os.utime(file, (stamp.st_atime, stamp.st_mtime))
    return [caught_by, round(time.time() - started)]


def _tests(folder, module):
    """Files of tests that can see `module`, the quick ones together: those that name it first, then its room."""
    tests, rooms = folder / "tests", Path(module).parent.parts
    if rooms[:1] == ("figure",):
        return [["tests/test_figures.py", "tests/test_published.py"]]
    if rooms[:1] not in (("disinhibition",), ("homeostasis",)):
        return [[f"tests/{name}" for name in (_reading if module in _readers else _statistics)]]
    found = [tests / "test_written_out.py", *(tests / rooms[0]).rglob("test_*.py")]
    word = re.compile(rf"\b{Path(module).stem}\b")

    def late(path):
        slow = _slow.index(path.name) if path.name in _slow else -1
        unnamed = not word.search(path.read_text("utf-8"))
        other = path.relative_to(tests).parent.parts != rooms
        return slow >= 0, unnamed if slow >= 0 else other, slow, unnamed, path.name

    order = [str(path.relative_to(folder)) for path in sorted(found, key=late)]
    n_quick = sum(Path(path).name not in _slow for path in order)
    return [order[:n_quick], *([path] for path in order[n_quick:])]


def _fails(folder, *tests, limit=_limit):
    """The first of the tests that fails, or what hangs or crashes; "" if none does."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "-x", "-q", "--tb=no", *tests]
    compiled = {"JAX_COMPILATION_CACHE_DIR": str(folder / ".compiled")}
    environment = compiled | os.environ | {"PYTHONPATH": str(folder / "src")}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        return f"{tests[0]} (time)"
    if done.returncode == 0:
        return ""
    named = re.search(r"^(?:FAILED|ERROR) ([^\s\[]+)", done.stdout, re.MULTILINE)
    if done.returncode >= 0 and not named:
        sys.exit(done.stdout + done.stderr)
    return named[1] if named else f"{tests[0]} (crash)"


def _write(row):
    with _table.open("a", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(row)


if __name__ == "__main__":
    main(*sys.argv[1:])
