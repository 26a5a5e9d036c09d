"""The digest of a job's source: changed by what changes the job, and by nothing else."""

import hashlib
import shutil
import subprocess

import pytest

from eiplast import source


@pytest.fixture
def package(tmp_path):
    """A copy of the package that may be edited."""
    return shutil.copytree(source._package, tmp_path / "eiplast")


def _digest(module, package):
    source.files.cache_clear()
    source.digest.cache_clear()
    return source.digest(module, package=package)


def _edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_files_are_the_module_and_all_it_imports():
    files = source.files("homeostasis.simulate_rate")
    assert "homeostasis/plasticity.py" in files
    assert not [name for name in files if "disinhibition" in name or "figure" in name]


@pytest.mark.parametrize(
    ("module", "file"),
    [
        ("homeostasis.simulate_spiking", "homeostasis/normal.h"),
        ("compare", "printed.yaml"),
        ("report", "report.html"),
    ],
)
def test_a_file_that_is_named_counts(package, module, file):
    assert file in source.files(module)
    before = _digest(module, package)
    _edit(package / file, "\n", "\n\n")
    assert _digest(module, package) != before


def test_words_do_not_count(package):
    before = _digest("homeostasis.simulate_rate", package)
    path = package / "homeostasis/plasticity.py"
    _edit(path, "    error_E, error_I", "    # A comment.\n\n    error_E, error_I")
    _edit(path, "Each unit corrects its own error", "Words")
    assert _digest("homeostasis.simulate_rate", package) == before


def test_what_is_computed_counts(package):
    modules = "homeostasis.simulate_rate", "disinhibition.train"
    rate, train = (_digest(module, package) for module in modules)
    _edit(package / "homeostasis/plasticity.py", 'p["E_set"] - E', 'p["E_set"] - 2 * E')
    assert _digest("homeostasis.simulate_rate", package) != rate
    assert _digest("disinhibition.train", package) == train


def test_the_code_of_a_commit(package):
    """It is that of the commit, whatever became of the checkout since; none where there is no such commit."""
    git = ["git", "-C", package, "-c", "user.name=A", "-c", "user.email=a@b.c"]
    for command in (["init"], ["add", "."], ["commit", "-m", "Begin"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    before = _digest("homeostasis.simulate_rate", package)
    _edit(package / "homeostasis/plasticity.py", 'p["E_set"] - E', 'p["E_set"] - 2 * E')
    then = source.digest_at(commit.stdout.strip(), "homeostasis.simulate_rate", package=package)
    assert then == before != _digest("homeostasis.simulate_rate", package)
    for unknown in ("0" * 40, "unknown", "--help"):
        assert source.digest_at(unknown, "homeostasis.simulate_rate", package=package) is None


def test_every_python_sees_the_same_code(tmp_path):
    """Later Pythons quote in f-strings otherwise and give functions a list of type parameters."""
    path = tmp_path / "code.py"
    path.write_text('def f(x, y=None):\n    """Words."""\n    return f"{x[\'a\']!r:>5}" + "b"\n')
    assert hashlib.sha256(source._meaning(path)).hexdigest()[:16] == "8f1c299339f3bc11"
