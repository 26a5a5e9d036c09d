"""The digest of what a job computes: changed by what changes the result, and by nothing else."""

import json
import shutil
import subprocess

import pytest

from eiplast import source, source_cache


@pytest.fixture
def package(tmp_path):
    """A copy of the package that may be edited."""
    return shutil.copytree(source._package, tmp_path / "eiplast", symlinks=True)


def _digest(module, package, spec=None):
    for cached in (source._module, source._definition, source_cache.load, source.files):
        cached.cache_clear()
    return source.digest(module, spec=json.dumps(spec), package=package)


def _edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def _written(folder, **modules):
    """A package of these modules; `__` in a name is a folder."""
    for name, text in modules.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_what_was_found_is_kept_until_a_file_changes(package, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first = _digest("compare", package)
    (kept,) = (tmp_path / "cache/eiplast/digests").iterdir()
    kept.write_text(kept.read_text("utf-8").replace(first, "kept"), "utf-8")
    assert _digest("compare", package) == "kept"
    _edit(package / "compare.py", "import re\n", "# A comment.\nimport re\n")
    assert _digest("compare", package) == first


@pytest.mark.parametrize("content", ["", '{"compare": '])
def test_damaged_it_is_found_anew(package, tmp_path, monkeypatch, content):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first = _digest("compare", package)
    (kept,) = (tmp_path / "cache/eiplast/digests").iterdir()
    kept.write_text(content, "utf-8")
    assert _digest("compare", package) == first
    assert first in kept.read_text("utf-8")


def test_without_a_cache_nothing_is_kept(package, tmp_path, monkeypatch):
    first = _digest("compare", package)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    assert _digest("compare", package) == first


def test_files_are_those_that_the_job_reaches():
    files = source.files("homeostasis.rate.simulate")
    assert {"homeostasis/plasticity.py", "homeostasis/neural.py"} <= set(files)
    assert not [name for name in files if "disinhibition" in name or "figure" in name]


@pytest.mark.parametrize(
    ("module", "file"),
    [
        ("homeostasis.spiking.train", "homeostasis/spiking/normal.h"),
        ("compare", "printed_a.yaml"),
        ("report", "report.html"),
        ("report", "report.css"),
        ("report", "report.js"),
    ],
)
def test_a_file_that_is_named_counts(package, module, file):
    assert file in source.files(module)
    before = _digest(module, package)
    _edit(package / file, "\n", "\n\n")
    assert _digest(module, package) != before


def test_words_do_not_count(package):
    before = _digest("homeostasis.rate.simulate", package)
    path = package / "homeostasis/plasticity.py"
    _edit(path, "    error_E, error_I", "    # A comment.\n\n    error_E, error_I")
    _edit(path, "Each unit corrects its own error", "Words")
    _edit(path, "def homeostatic(E, I,", "def homeostatic(E: float, I: str,")
    # Every file is UTF-8, said or not.
    _edit(package / "homeostasis/rate/results.py", "(1, ddof=1)", '(1, ddof=1, encoding="utf-8")')
    assert _digest("homeostasis.rate.simulate", package) == before


def test_what_is_computed_counts(package):
    modules = "homeostasis.rate.simulate", "disinhibition.train"
    rate, train = (_digest(module, package) for module in modules)
    _edit(package / "homeostasis/plasticity.py", 'p["E_set"] - E', 'p["E_set"] - 2 * E')
    assert _digest("homeostasis.rate.simulate", package) != rate
    assert _digest("disinhibition.train", package) == train


def test_a_rule_that_a_network_does_not_use_leaves_it_alone(package):
    """The spiking networks know the two-term rule alone; the rate models take any by its name."""
    modules = "homeostasis.spiking.train", "homeostasis.rate.simulate"
    spiking, rate = (_digest(module, package) for module in modules)
    _edit(
        package / "homeostasis/plasticity.py",
        "def gradient(",
        "def mine(E):\n    pass\n\n\ndef gradient(",
    )
    assert _digest("homeostasis.spiking.train", package) == spiking
    assert _digest("homeostasis.rate.simulate", package) != rate


before = {
    "job": "from eiplast import models\n\n\ndef run(spec):\n    return models.twice(spec['x'])\n",
    "models": "factor = 2\n\n\ndef twice(x):\n    return _scaled(x)\n\n\ndef _scaled(x):\n    return factor * x\n",
}
# The module has another name and place, its order is turned round, and one function went elsewhere.
after = {
    "rooms__one__job": "from eiplast.rooms.one import double as d\n\n\n"
    "def run(spec):\n    return d.twice(spec['x'])\n",
    "rooms__one__double": '"""Words."""\n\nfrom eiplast.rooms import scale\n\n\ndef unused():\n    pass\n\n\n'
    "def twice(x):\n    return scale._scaled(x)\n",
    "rooms__scale": "def _scaled(x):\n    return factor * x\n\n\nfactor = 2\n",
}


def test_a_move_changes_nothing(tmp_path):
    old = _digest("job", _written(tmp_path / "old", **before))
    assert _digest("rooms.one.job", _written(tmp_path / "new", **after)) == old


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("rooms__scale", "def _scaled(x):\n    return factor * x\n\n\nfactor = 3\n"),
        ("rooms__scale", "def _scaled(x):\n    return factor * x\n\n\nfactor = 2\nfactor += 1\n"),
        (
            "rooms__scale",
            "def _scaled(x):\n    factor = 4\n    return factor * x\n\n\nfactor = 2\n",
        ),
        ("rooms__scale", "def _scaled(x):\n    return [factor for factor in x]\n\n\nfactor = 2\n"),
        (
            "rooms__one__double",
            "from eiplast.rooms import scale\n\n\ndef twice(x, scale=scale):\n    return scale._scaled(x)\n",
        ),
    ],
)
def test_a_move_with_a_change_does(tmp_path, where, text):
    old = _digest("job", _written(tmp_path / "old", **before))
    assert _digest("rooms.one.job", _written(tmp_path / "new", **after | {where: text})) != old


@pytest.mark.parametrize(
    "text",
    [
        # Only the name of what a comprehension or an argument hides is the same; the outer one is used first.
        "rule = {}\n\n\ndef run(s):\n    return [rule for rule in rule]\n",
        "rule = {}\n\n\ndef run(s, rule=rule):\n    return rule\n",
        "rule = {}\n\n\ndef run(s):\n    return globals()['rule']\n",
        "import jax\n\nrule = {}\njax.config.update(rule)\n\n\ndef run(s):\n    return jax.jit(s)\n",
        "def run(s):\n    return f(s)\n\n\ndef f(s):\n    return g(s)\n\n\n"
        "def g(s):\n    return f(rule)\n\n\nrule = {}\n",
    ],
)
def test_what_is_reached_in_unusual_ways_counts(tmp_path, text):
    first = _digest("job", _written(tmp_path / "one", job=text))
    assert _digest("job", _written(tmp_path / "two", job=text.replace("{}", "{1: 2}"))) != first


_new_rule = """def of_ones_own(E, I, E_pre, I_pre, W, A, p):
    return W


# Every public function"""
_runs = {
    "none": {"rule": "none"},
    "homeostatic": {"rule": "homeostatic"},
    "two_term": {"rule": "two_term", "n_E": 80},
    "cases": {"cases": {"a": {"rule": "homeostatic"}, "b": {"n_E": 1}}},
    "variants": {"rule": "none", "variants": {"a": {}, "b": {"rule": "two_term"}}},
    "all": {"n_E": 80},
}


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("# Every public function", _new_rule, {"all"}),
        ("dW_cross[c] + dW_own[c]", "dW_own[c] + dW_cross[c]", {"two_term", "variants", "all"}),
        ("/ A.sum(-1)\n", "/ 2 / A.sum(-1)\n", {"two_term", "variants", "all"}),
        ("callable(rule) and", "", set(_runs)),
    ],
    ids=["a rule of one's own", "a rule", "what it reaches", "the list of rules"],
)
@pytest.mark.parametrize("job", ["homeostasis.rate.simulate", "homeostasis.stability.map"])
def test_of_the_rules_of_plasticity_count_those_of_the_run(package, job, old, new, changed):
    before = {name: _digest(job, package, spec) for name, spec in _runs.items()}
    assert before["homeostatic"] == before["cases"]
    assert len(set(before.values())) == len(before) - 2
    _edit(package / "homeostasis/plasticity.py", old, new)
    after = {name: _digest(job, package, spec) for name, spec in _runs.items()}
    assert {name for name in _runs if after[name] != before[name]} == changed


def test_other_jobs_know_no_rules_of_plasticity():
    job = "disinhibition.train"
    assert source.digest(job, spec='{"rule": "exact_inverse"}') == source.digest(job)


def test_no_other_module_lists_itself():
    """There the names under `rule` would choose among definitions that are no rules."""
    found = [p for p in source._package.rglob("*.py") if "globals()." in p.read_text("utf-8")]
    assert [path.name for path in found] == ["plasticity.py"]


def test_the_code_of_a_commit(package):
    """It is that of the commit, whatever became of the checkout since; none where there is no such commit."""
    git = ["git", "-C", package, "-c", "user.name=A", "-c", "user.email=a@b.c"]
    for command in (["init"], ["add", "."], ["commit", "-m", "Begin"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    job = "homeostasis.rate.simulate"
    before = _digest(job, package)
    _edit(package / "homeostasis/plasticity.py", 'p["E_set"] - E', 'p["E_set"] - 2 * E')
    then = source.digest_at(commit.stdout.strip(), job, package=package)
    assert then == before != _digest(job, package)
    without = {"rule": "none"}
    then = source.digest_at(commit.stdout.strip(), job, spec=json.dumps(without), package=package)
    assert then == _digest(job, package, without) != before
    for unknown in ("0" * 40, "unknown", "--help"):
        assert source.digest_at(unknown, job, package=package) is None


def test_every_python_sees_the_same_code(tmp_path):
    """Later Pythons quote in f-strings otherwise and give functions a list of type parameters."""
    text = 'def run(x, y=None):\n    """Words."""\n    return f"{x[\'a\']!r:>5}" + "b"\n'
    assert _digest("code", _written(tmp_path, code=text)) == "85b2917949d7647d"


def test_keys_of_a_dict_are_read_without_an_import():
    assert source.keys("dataset", "READERS")[:2] == ["mnist", "fashion_mnist"]
