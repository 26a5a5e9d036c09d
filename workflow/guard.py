"""Before any work starts: whether results may be written, which locks are dead, which results are today's.

Every Snakemake in a folder leaves a sign in .snakemake/eiplast/ as long as it lives. A sign whose process is gone
tells that its run was killed.
"""

import atexit
import json
import os
import platform
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import psutil
from snakemake.exceptions import WorkflowError

from eiplast import hdf5, record

_signs = Path(".snakemake/eiplast")
_locks = Path(".snakemake/locks")
_marks = Path(".snakemake/incomplete")
# In a form that Snakemake reads, and different from its own marks.
_mark = json.dumps({"external_jobid": None, "reason": "made with other code or settings"})


def check_writable():
    """Exit with one line where results cannot be written, before any work starts."""
    folder = Path("results") if Path("results").exists() else Path()
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        sys.exit(f"{folder.resolve()} cannot be written ({error.strerror}): results go there")


def join_folder():
    """Leave a sign of this process; remove locks and half-written files of runs that were killed, if that is sure.

    Snakemake's own locks outlive a killed run and block the next. They are dead where the signs show that whoever
    could hold them ran on this host and is gone; of another host only a person can know.
    """
    try:
        _signs.mkdir(parents=True, exist_ok=True)
        others = {path: _alive(path) for path in _signs.glob("*.json")}
        sign = _signs / f"{platform.node()}.{os.getpid()}.json"
        sign.write_text(json.dumps(_who(os.getpid())), encoding="utf-8")
    except OSError as error:
        print(f"notice: {error}; locks of runs that were killed stay", file=sys.stderr)
        return
    atexit.register(sign.unlink, missing_ok=True)
    _clear_parts()
    dead = [path for path, alive in others.items() if alive is False]
    unknown = [path for path, alive in others.items() if alive is None]
    if dead and len(dead) == len(others):
        _clear_after(dead)
    elif unknown and any(_locks.glob("*.lock")):
        _point_to(unknown)


def _who(pid):
    """What tells a process from every other: host, its start, the process's start, its namespace."""
    here = {"host": platform.node(), "pid": pid}
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        here |= {"boot": boot, "pids": os.readlink("/proc/self/ns/pid")}
        state, *numbers = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        # In ticks since the boot, whatever the clock does; a zombie has ended.
        return here | {"start": "" if state == "Z" else numbers[18]}
    with suppress(psutil.Error):
        return here | {"start": psutil.Process(pid).create_time()}
    return here


def _alive(path):
    """Whether the process that left the sign `path` lives; None where that cannot be known from here."""
    try:
        then = json.loads(path.read_text(encoding="utf-8"))
        now, here = _who(then["pid"]), _who(os.getpid())
    except (OSError, ValueError, KeyError):
        return None
    if then["host"] != here["host"]:
        return None
    if then.get("boot") != here.get("boot"):
        return False
    if then.get("pids") != here.get("pids"):
        return None
    return now == then


def _clear_after(dead):
    for stale in _locks.glob("*.lock"):
        stale.unlink(missing_ok=True)
        print(f"removed {stale}, left by a run that was killed", file=sys.stderr)
    for path in dead:
        path.unlink(missing_ok=True)


def _clear_parts():
    """Remove what a killed job had half written: files that nobody has touched for an hour."""
    for part in Path("results").rglob(".*.part.*"):
        with suppress(FileNotFoundError):
            # A job that outlived its killed Snakemake may still be writing.
            if time.time() - part.stat().st_mtime > 3600:
                part.unlink()


def _point_to(unknown):
    for path in unknown:
        host, pid, _ = path.name.rsplit(".", 2)
        print(
            f"notice: a Snakemake on {host} (process {pid}) may be at work in this folder, or was killed. Look: "
            f"ssh {host} ps -p {pid}. If it is gone: rm {path} && snakemake --unlock",
            file=sys.stderr,
        )


def judge_results(rules):
    """Have every NetCDF file made again that is cut short, or that is of other code or settings and not made here.

    Of what it made here, Snakemake remembers code and settings. A file that came with a checkout or a copy has
    only its record: it saves its job where that is what would be written today. Where it is not, it is marked as
    Snakemake marks the output of a job that was killed, until it is. Nothing is renamed or removed.
    """
    _marks.mkdir(parents=True, exist_ok=True)
    arrived = {}
    for path, rule in _made_by(rules):
        mark, remembered = _kept_of(path)
        if mark.exists() and mark.read_text(encoding="utf-8") == _mark:
            mark.unlink()
        made_here = remembered.exists()
        if not made_here and not mark.exists():
            arrived[path] = rule
        if not mark.exists() and (why := _fault(path, rule, made_here)):
            mark.write_text(_mark, encoding="utf-8")
            print(f"{path} {why}: to be made again", file=sys.stderr)
    _put_in_order(arrived)


def stays(path):
    """Whether a result came with a checkout and is what would be made today; to be asked after `judge_results`."""
    return Path(path).exists() and not any(kept.exists() for kept in _kept_of(path))


def _kept_of(path):
    """Where Snakemake marks that `path` is to be made again, and where it remembers how it made it."""
    name = urlsafe_b64encode(str(path).encode()).decode()
    return _marks / name, Path(".snakemake/metadata", name)


def _made_by(rules):
    """NetCDF files below results/, links followed, each with the rule of this workflow that makes it."""
    ours = [rule for rule in rules if "eiplast.job" in (rule.shellcmd or "")]
    seen = set()
    for folder, folders, names in os.walk("results", followlinks=True):
        # A link may lead back to a folder above it.
        real = {name: os.path.realpath(os.path.join(folder, name)) for name in folders}
        folders[:] = sorted(name for name in folders if real[name] not in seen)
        seen |= set(real.values())
        for path in sorted(Path(folder, name) for name in names if name.endswith(".nc")):
            yield from ((path, rule) for rule in ours if rule.is_producer(str(path)))


def _put_in_order(arrived):
    """No result older than what it is made from: a checkout or a copy gives files times in no order."""
    for path, rule in arrived.items():
        inputs = _inputs(path, rule) & set(arrived)
        latest = max((name.stat().st_mtime for name in inputs), default=0)
        if path.stat().st_mtime < latest:
            try:
                os.utime(path, (latest, latest))
            except PermissionError:
                print(f"notice: {path} belongs to another user, keeps its time", file=sys.stderr)


def _inputs(path, rule):
    """What `rule` makes `path` from; nothing for a run that config.yaml has at another scale only."""
    try:
        return {Path(name) for name in rule.expand_input(rule.get_wildcards(str(path)))[0]}
    except WorkflowError:
        return set()


def _fault(path, rule, made_here):
    """In words, what is wrong with `path` or different from what `rule` would write; empty if nothing is."""
    found, problem = record.read(path)
    if record.is_cut_short(path, found):
        return "is cut short or was changed"
    if made_here or hdf5.is_foreign(path):
        return ""
    if found is None:
        print(f"notice: {path} cannot be read now ({problem}): left as it is", file=sys.stderr)
        return ""
    params = dict(rule.params.items())
    try:
        wildcards = SimpleNamespace(**rule.get_wildcards(str(path)))
        code, spec = (_of(params.get(name), wildcards) for name in ("code", "spec"))
    except KeyError:
        return ""  # a run that config.yaml has at another scale only: nobody will ask for it
    if found.get("code") != code:
        return "was made with other code"
    now = json.loads(spec) if spec else {}
    then = found["spec"]
    names = sorted(name for name in now | then if now.get(name) != then.get(name))
    return f"was made with other settings ({', '.join(names)})" if names else ""


def _of(param, wildcards):
    """A parameter of a rule: where it is a function of the wildcards, what that gives."""
    return param(wildcards) if callable(param) else param
