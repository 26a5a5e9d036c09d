"""The digest of a job's source: changed by what changes the job, and by nothing else."""

import hashlib
import shutil

import pytest

from eiplast import source


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package that may be edited."""
    shutil.copytree(source._package, tmp_path / "eiplast")
    monkeypatch.setattr(source, "_package", tmp_path / "eiplast")
    _forget()
    yield tmp_path / "eiplast"
    _forget()


def _forget():
    source.files.cache_clear()
    source.digest.cache_clear()


def _edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    _forget()


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
    before = source.digest(module)
    _edit(package / file, "\n", "\n\n")
    assert source.digest(module) != before


def test_words_do_not_count(package):
    before = source.digest("homeostasis.simulate_rate")
    path = package / "homeostasis/plasticity.py"
    _edit(path, "    error_E, error_I", "    # A comment.\n\n    error_E, error_I")
    _edit(path, "Each unit corrects its own error", "Words")
    assert source.digest("homeostasis.simulate_rate") == before


def test_what_is_computed_counts(package):
    before = {m: source.digest(m) for m in ("homeostasis.simulate_rate", "disinhibition.train")}
    _edit(package / "homeostasis/plasticity.py", 'p["E_set"] - E', 'p["E_set"] - 2 * E')
    assert source.digest("homeostasis.simulate_rate") != before["homeostasis.simulate_rate"]
    assert source.digest("disinhibition.train") == before["disinhibition.train"]


def test_every_python_sees_the_same_code(tmp_path):
    """Later Pythons quote in f-strings otherwise and give functions a list of type parameters."""
    path = tmp_path / "code.py"
    path.write_text('def f(x, y=None):\n    """Words."""\n    return f"{x[\'a\']!r:>5}" + "b"\n')
    assert hashlib.sha256(source._meaning(path)).hexdigest()[:16] == "8f1c299339f3bc11"
