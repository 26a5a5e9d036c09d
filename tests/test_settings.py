"""Bad configurations are refused: one line that names the key, the value and what is allowed."""

import copy

import pytest
import yaml

from eiplast import settings
from eiplast.homeostasis import plasticity

# (dotted key, bad value as YAML text, words of the answer)
bad = [
    ("scale", "quikc", "must be one of paper, quick"),
    ("scale", "1", "must be a string"),
    ("sclae", "quick", "did you mean scale"),
    ("datasets", "mnist", "must be an array"),
    ("datasets", "[]", "at least 1"),
    ("datasets", "[cifar10]", "must be one of mnist, fashion_mnist, digits"),
    ("datasets", "[mnist, mnist]", "must not repeat"),
    ("tfds_dir", "3", "must be a string"),
    ("tfds_dir", "null", "must be a string"),
    ("scales", "[]", "must be an object"),
    ("scales.quick", "7", "must be an object"),
    ("scales", "{my scale: {}}", "letters, digits and _"),
    ("scales.quick.datasets", "[cifar10]", "must be one of"),
    ("scales.quick.disinhibition.n_seeds", "0", "at least 1"),
    ("scales.quick.disinhibition.n_sedes", "3", "did you mean n_seeds"),
    ("disinhibition", "null", "must be an object"),
    ("disinhibition.n_seeds", "0", "must be at least 1"),
    ("disinhibition.n_seeds", "-1", "must be at least 1"),
    ("disinhibition.n_seeds", "10.0", "must be an integer"),
    ("disinhibition.n_seeds", "ten", "must be an integer"),
    ("disinhibition.n_seeds", "true", "must be an integer"),
    ("disinhibition.n_hidden", "[0]", "must be at least 1"),
    ("disinhibition.n_hidden", "[]", "at least 1"),
    ("disinhibition.n_hidden", "[1.5]", "must be an integer"),
    ("disinhibition.reported_epoch", "first", "must be one of last, best"),
    ("disinhibition.methods", "{}", "at least 1"),
    ("disinhibition.methods.backprop.rule", "hebb", "must be one of"),
    ("disinhibition.methods.back-prop", "{rule: backprop}", "letters, digits and _"),
    ("disinhibition.train.learning_rate", "1e-3", "write numbers as 5.0e-4"),
    ("disinhibition.train.learning_rate", "0", "more than 0"),
    ("disinhibition.train.learning_rate", ".nan", "must be a number"),
    ("disinhibition.train.learning_rate", ".inf", "must be a number"),
    ("disinhibition.train.learning_rate", "[0.1]", "must be a number"),
    ("disinhibition.train.n_epochs", "0", "must be at least 1"),
    ("disinhibition.train.n_epochs", "1e2", "must be an integer"),
    ("disinhibition.train.batch_size", "0", "must be at least 1"),
    ("disinhibition.train.n_units", "-256", "must be at least 1"),
    ("disinhibition.train.target", "1.5", "must be at most 1"),
    ("disinhibition.train.target", "0.05", "must be more than 0.1"),
    ("disinhibition.train.init", "kaiming", "must be one of xavier, lecun"),
    ("disinhibition.train.bias", "yes please", "must be a boolean"),
    ("disinhibition.train.bias", "0", "must be a boolean"),
    ("disinhibition.train.momentum", "0.9", "unknown key"),
    ("disinhibition.single_synapse.tau_E", "-20.0", "must be more than 0"),
    ("disinhibition.single_synapse.tau_E", "0", "must be more than 0"),
    ("disinhibition.single_synapse.dt", "30.0", "must not exceed tau_E"),
    ("disinhibition.single_synapse.duration", "600 ms", "must be a number"),
    ("disinhibition.single_synapse_runs.isolated.r_I", "[-1.0]", "must be at least 0"),
    ("disinhibition.single_synapse_runs.isolated.condition", "in_vivo", "must be one of"),
    ("disinhibition.single_synapse_runs.isolated.drive", "[0.0, 9.0]", "at least 3"),
    (
        "disinhibition.single_synapse_runs.isolated.drive",
        "[9.0, 1.0, 100]",
        "must exceed the first",
    ),
    (
        "disinhibition.single_synapse_runs.isolated.drive",
        "[9.0, 9.0, 100]",
        "must exceed the first",
    ),
    ("disinhibition.single_synapse_runs.open_loop.delta", "[1.5]", "as many entries as theta"),
    ("homeostasis.rate.tau_E", "-10.0", "must be more than 0"),
    ("homeostasis.rate.tau_e", "10.0", "did you mean tau_E"),
    ("homeostasis.rate.dt", "5.0", "must not exceed tau_I"),
    ("homeostasis.rate.E_set", "200.0", "must not exceed E_max"),
    ("homeostasis.rate.sigma_OU", "-1.0", "must be at least 0"),
    ("homeostasis.rate.sigma_OU", "1e1", "write numbers as 5.0e-4"),
    ("homeostasis.rate.n_E", "0", "must be at least 1"),
    ("homeostasis.rate.average_window", "3000.0", "must not exceed duration"),
    ("homeostasis.rate.tau_trial", "0.5", "must be at least 1"),
    ("homeostasis.rate.seed", "-1", "must be at least 0"),
    ("homeostasis.rate_runs.paradoxical_current.rule", "homeostatik", "must be one of none"),
    ("homeostasis.rate_runs.paradoxical_current.n_trials", "0", "must be at least 1"),
    ("homeostasis.rate_runs.paradoxical_current.W_EE", "-5.0", "must be at least 0"),
    ("homeostasis.rate_runs.paradoxical_current.W_EE", "[7.0, 4.0]", "must not exceed the high"),
    ("homeostasis.rate_runs.paradoxical_current.W_EE", "[1.0, 2.0, 3.0]", "at most 2"),
    ("homeostasis.rate_runs.paradoxical_current.step.stop", "9000.0", "stop <= duration"),
    (
        "homeostasis.rate_runs.paradoxical_current.record_trials",
        "[100]",
        "less than n_trials = 100",
    ),
    ("homeostasis.rate_runs.paradoxical_current.step.I_ext", "7.0", "unknown key"),
    ("disinhibition.ablation.n_seeds", "11", "must not exceed disinhibition.n_seeds = 10"),
    ("homeostasis.stability.points", "{}", "at least 1"),
    ("homeostasis.spiking_runs.network_1.p_conn", "0.999", "leaves no room without autapses"),
]


def _set(config, key, value):
    *path, last = key.split(".")
    for part in path:
        config = config[part]
    config[last] = value


@pytest.mark.parametrize(("key", "text", "words"), bad, ids=[f"{k}={t}" for k, t, _ in bad])
def test_one_clear_line(config, schema, key, text, words):
    _set(config, key, yaml.safe_load(text))
    with pytest.raises(settings.SettingsError) as error:
        settings.load(config, schema)
    lines = str(error.value).splitlines()
    named = [line for line in lines if key.split(".")[-1] in line and words in line]
    assert len(lines) <= 2
    assert named, lines


def test_missing_key(config, schema):
    del config["homeostasis"]["rate"]["tau_E"]
    with pytest.raises(settings.SettingsError, match=r"rate\.tau_E = None: this key is missing"):
        settings.load(config, schema)


def test_a_rule_brings_its_own_parameters(config, schema, monkeypatch):
    def decay(E, I, E_pre, I_pre, W, A, p):
        return {c: -p["decay_rate"] * W[c] for c in W}

    monkeypatch.setitem(plasticity.RULES, "decay", decay)
    weights = dict.fromkeys(("W_EE", "W_EI", "W_IE", "W_II"), 1.0)
    run = weights | {"rule": "decay", "n_trials": 1, "decay_rate": 0.1}
    config["homeostasis"]["rate_runs"]["mine"] = run
    config["homeostasis"]["stability_runs"]["mine"] = {
        "rule": "decay",
        "cases": {"one": {"decay_rate": 0.1}},
    }
    assert settings.load(config, schema)["paper"]["homeostasis"]["rate_runs"]["mine"] == run
    run["decay_rat"] = run.pop("decay_rate")
    with pytest.raises(settings.SettingsError, match=r"mine\.decay_rat .* did you mean decay_rate"):
        settings.load(config, schema)


def test_scales_change_only_what_they_name(config, schema):
    before = copy.deepcopy(config)
    loaded = settings.load(config, schema)
    assert config == before
    assert loaded["paper"]["datasets"] == config["datasets"]
    assert loaded["quick"]["datasets"] == ["digits"]
    changed = config["scales"]["quick"]["homeostasis"]["rate"]
    rate = loaded["paper"]["homeostasis"]["rate"]
    assert loaded["quick"]["homeostasis"]["rate"] == rate | changed


def test_paper_scale_is_the_papers_size(paper):
    assert paper["disinhibition"]["n_seeds"] == 10
    assert paper["disinhibition"]["train"]["n_epochs"] == 50


def test_the_command_line_wins_over_the_scale(config, schema):
    """What is asked for concerns the scale that is asked for; of nested values Snakemake makes text."""
    asked = {
        "scale": "quick",
        "datasets": ["digits", "mnist"],
        "disinhibition": {"n_seeds": "3", "train": {"learning_rate": "1.0e-3", "bias": "true"}},
        "homeostasis": {"rate_runs": {"cross_batch": {"n_init": "5", "W_EE": ["4.0", "7.0"]}}},
    }
    loaded = settings.load(config, schema, asked)
    quick = loaded["quick"]
    assert quick["datasets"] == ["digits", "mnist"]
    assert quick["disinhibition"]["n_seeds"] == 3
    assert quick["disinhibition"]["train"]["learning_rate"] == 1e-3
    assert quick["disinhibition"]["train"]["bias"] is True
    assert quick["homeostasis"]["rate_runs"]["cross_batch"]["n_init"] == 5
    assert quick["homeostasis"]["rate_runs"]["cross_batch"]["W_EE"] == [4.0, 7.0]
    untouched = settings.load(config, schema)
    assert loaded["paper"] == untouched["paper"]
    assert quick["homeostasis"]["spiking"] == untouched["quick"]["homeostasis"]["spiking"]


def test_a_mistake_of_the_command_line_is_named_as_it_was_typed(config, schema):
    asked = {"scale": "quick", "disinhibition": {"n_seeds": "none"}}
    with pytest.raises(settings.SettingsError, match=r"^config: disinhibition\.n_seeds = 'none'"):
        settings.load(config, schema, asked)


def test_difference_is_what_a_module_asks_for(config):
    changed = copy.deepcopy(config)
    changed["disinhibition"]["n_seeds"] = 3
    changed["mine"] = 1
    assert settings.difference(changed, config) == {"disinhibition": {"n_seeds": 3}, "mine": 1}
    assert settings.difference({"scale": "quick"}, config) == {"scale": "quick"}
