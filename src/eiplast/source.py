"""Which source files a job depends on, and a digest that tells one version of them from another."""

import ast
import functools
import hashlib
import io
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

_package = Path(__file__).parent


@functools.cache
def files(*modules, package=_package):
    """Files of eiplast `modules`, of every eiplast module they import and every file beside them that they name.

    modules : such as ``homeostasis.simulate_rate``. Paths relative to `package`, sorted.
    """
    found = set()
    for module in modules:
        path = _path(module)
        found.add(path.as_posix())
        for node in ast.walk(ast.parse((package / path).read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "eiplast":
                within = node.module.removeprefix("eiplast").strip(".")
                for name in node.names:
                    inner = f"{within}.{name.name}".strip(".")
                    module = inner if (package / _path(inner)).exists() else within
                    found.update(files(module, package=package))
            elif isinstance(node, ast.Constant) and _is_file(package / path.parent, node.value):
                found.add((path.parent / node.value).as_posix())
    return tuple(sorted(found))


def _path(module):
    return Path(*module.split(".")).with_suffix(".py")


def _is_file(folder, value):
    """Whether `value`, a constant in the code, is the name of a file in `folder`, such as normal.h."""
    is_name = isinstance(value, str) and "." in value and "/" not in value and "\n" not in value
    return is_name and (folder / value).is_file()


@functools.cache
def digest(*modules, package=_package):
    """Digest of `files`, whatever their times of change and, in Python, their comments, docstrings and layout."""
    total = hashlib.sha256()
    for name in files(*modules, package=package):
        total.update(name.encode() + _meaning(package / name))
    return total.hexdigest()[:16]


@functools.cache
def digest_at(commit, *modules, package=_package):
    """`digest` of `package` as it was at `commit` (40 digits); None where its checkout does not have that."""
    if not re.fullmatch("[0-9a-f]{40}", commit):
        return None
    try:
        then = subprocess.run(
            ["git", "-C", package, "archive", commit], capture_output=True, check=True
        )
        with (
            tarfile.open(fileobj=io.BytesIO(then.stdout)) as whole,
            tempfile.TemporaryDirectory() as folder,
        ):
            whole.extractall(folder, filter="data")
            return digest(*modules, package=Path(folder))
    except (OSError, subprocess.CalledProcessError):
        return None


def _meaning(path):
    """Bytes of a file; of Python, what is left when comments, docstrings and layout are dropped."""
    if path.suffix != ".py":
        return path.read_bytes()
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(
            node
        ):
            node.body[0] = ast.Pass()
    return repr(_plain(tree)).encode()


def _plain(node):
    """A syntax tree as tuples, the same in every Python: newer ones add fields and quote in other ways."""
    if isinstance(node, ast.AST):
        filled = [(name, value) for name, value in ast.iter_fields(node) if value not in (None, [])]
        return type(node).__name__, *((name, _plain(value)) for name, value in filled)
    return tuple(map(_plain, node)) if isinstance(node, list) else repr(node)
