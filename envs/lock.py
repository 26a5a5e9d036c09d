"""Pin what the tests run with: ``pip install uv && python envs/lock.py [--upgrade]``.

Writes, beside itself, constraints-<Python>.txt for every Python that is tested (all extras but gpu;
Linux on x86-64 and macOS on Apple silicon) and environment.yaml, what a job needs, for ``snakemake --sdm conda``.
The bounds are those of pyproject.toml. Pins that still fit stay, unless --upgrade is given.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

here = Path(__file__).parent
pythons = ["3.11", "3.12", "3.13"]
# The results in results/paper were made with it.
python_of_jobs = "3.11"
linux, macos = "x86_64-manylinux_2_28", "aarch64-apple-darwin"
# Python alone, and published without wheels; whatever else has none would have to be compiled.
_built = ["connection-pool", "promise"]
_head = "# Made by envs/lock.py for Python {}, Linux and macOS; edit pyproject.toml instead.\n"


def main(*options):
    """Write the constraints of every Python, then the environment of the jobs."""
    for python in pythons:
        path = here / f"constraints-{python}.txt"
        known = path.read_text(encoding="utf-8") if path.exists() and not options else ""
        test = requirements() + project()["optional-dependencies"]["test"]
        on_linux = resolve(test, python, linux, known)
        on_macos = resolve(test, python, macos, known or "\n".join(on_linux.values()))
        text = _head.format(python) + "\n".join(merge(on_linux, on_macos)) + "\n"
        path.write_text(text, encoding="utf-8")
    (here / "environment.yaml").write_text(environment(python_of_jobs), encoding="utf-8")


def project():
    """The table ``project`` of pyproject.toml."""
    text = (here.parent / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]


def requirements():
    """The dependencies of the code, Snakemake among them."""
    return project()["dependencies"]


def resolve(wanted, python, platform, known):
    """Pins by name that satisfy the requirements `wanted`; those in the text `known` stay if they can."""
    with tempfile.TemporaryDirectory() as folder:
        asked, found = Path(folder, "requirements.in"), Path(folder, "requirements.txt")
        asked.write_text("\n".join(wanted), encoding="utf-8")
        found.write_text(known, encoding="utf-8")
        command = [
            "uv",
            "pip",
            "compile",
            "--quiet",
            "--no-header",
            "--no-annotate",
            asked,
            "-o",
            found,
        ]
        command += ["--python-version", python, "--python-platform", platform]
        command += ["--only-binary", ":all:", *(f"--no-binary={name}" for name in _built)]
        # netCDF4 and numpy have no wheels for an older macOS.
        subprocess.run(command, check=True, env=os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"})
        lines = found.read_text(encoding="utf-8").splitlines()
    return {line.partition("==")[0]: line for line in lines}


def merge(on_linux, on_macos):
    """Lines that hold on both systems: with a marker where the pins differ; a pin of one alone does no harm."""
    for name in sorted(on_linux | on_macos):
        pins = {on_linux.get(name), on_macos.get(name)} - {None}
        if len(pins) == 1:
            yield pins.pop()
        else:
            yield f"{on_linux[name]} ; sys_platform != 'darwin'"
            yield f"{on_macos[name]} ; sys_platform == 'darwin'"


def environment(python):
    """The text of environment.yaml: without Snakemake, which runs outside, and without the code, in PYTHONPATH.

    Snakemake reads it from another folder: it names no file.
    """
    locked = (here / f"constraints-{python}.txt").read_text(encoding="utf-8")
    of_jobs = [line for line in requirements() if not line.startswith("snakemake")]
    names = resolve(of_jobs, python, linux, locked) | resolve(of_jobs, python, macos, locked)
    pins = [line for line in locked.splitlines() if re.split("==", line)[0] in names]
    # Brian2 compiles the spiking network; git tells the commit that is written into every result.
    packages = [f"python ={python}", "pip", "cxx-compiler", "make", "git"]
    lines = ["name: eiplast", "channels:", "  - conda-forge", "dependencies:"]
    lines += [f"  - {package}" for package in packages]
    lines += ["  - pip:", *(f'      - "{pin}"' for pin in pins)]
    return _head.format(python) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(*sys.argv[1:])
