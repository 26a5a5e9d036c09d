"""Entries that are fine alone and impossible together: each is named where it stands, its limit is not refused."""

import functools
import json

import pytest

from eiplast import contradictions_a, contradictions_b, dataset
from eiplast.homeostasis import plasticity

a, b = "disinhibition", "homeostasis"
single, explicit = f"{a}.single_synapse", f"{a}.explicit_error"
pupil, cell, variant = f"{a}.student_teacher", f"{a}.train", f"{a}.ablation_variants"
rate, run = f"{b}.rate", f"{b}.rate_runs.cross_batch"
units, online = f"{b}.rate_runs.two_term_memory", f"{b}.rate_runs.cross_online"
balanced, stepped = f"{b}.rate_runs.signs_linear", f"{b}.rate_runs.paradoxical_current"
spiking, network = f"{b}.spiking", f"{b}.spiking_runs.example"
paradox = f"{b}.paradox"
memory, changed = f"{units}.imprint", f"{run}.variants.pair_2"
variants = ["hard_targets", "lecun", "bias", "bias_deep", "split_5000", "memory", "memory_deep"]
variants += ["gains_half", "gains_double", "stopping", "stopping_strict", "stopping_deep"]
variants += ["stopping_fashion"]
methods = ["backprop", "exact_inverse", "linear_threshold", "exact_inverse_avg_J"]
methods += ["linear_threshold_avg_J"]
sets = ["printed", "authors_figure", "published_script", "authors_networks"]
rules = ", ".join(plasticity.RULES)

# {dotted key: value} that is set; {dotted key: what is allowed there} that is found.
cases = [
    ({f"{single}.tau_E": 5.0, f"{single}.dt": 5.0}, {}),
    ({f"{single}.dt": 6.0}, {f"{single}.dt": "must not exceed tau_I = 5.0"}),
    ({f"{single}.tau_E": 0.5}, {f"{single}.dt": "must not exceed tau_E = 0.5"}),
    ({f"{single}.duration": 1.0}, {}),
    ({f"{single}.duration": 0.9}, {f"{single}.dt": "must not exceed duration = 0.9"}),
    ({f"{explicit}.dt": 20.0}, {}),
    ({f"{explicit}.tau": 0.9}, {f"{explicit}.dt": "must not exceed tau = 0.9"}),
    ({f"{explicit}.duration": 0.9}, {f"{explicit}.dt": "must not exceed duration = 0.9"}),
    (
        {f"{explicit}.panels.dfc_closed.drive": [5.0, 5.0, 100]},
        {f"{explicit}.panels.dfc_closed.drive": "the last drive must exceed the first"},
    ),
    (
        {f"{single}_runs.closed_loop.r_tar": None, f"{single}_runs.closed_loop.r_I": [1.0]},
        {f"{single}_runs.closed_loop.r_tar": "this key is missing (closed_loop needs it)"},
    ),
    (
        {f"{single}_runs.isolated.r_I": None, f"{single}_runs.isolated.r_tar": [1.0]},
        {f"{single}_runs.isolated.r_I": "this key is missing (isolated needs it)"},
    ),
    ({f"{pupil}.dt_min": 10.0, f"{pupil}.dt0": 10.0, f"{pupil}.sample_dt": 5000.0}, {}),
    ({f"{pupil}.dt_min": 10.1}, {f"{pupil}.dt_min": "must not exceed dt_max = 10.0"}),
    ({f"{pupil}.dt0": 10.1}, {f"{pupil}.dt0": "must not exceed dt_max = 10.0"}),
    (
        {f"{pupil}.sample_dt": 1e4},
        {f"{pupil}.window": "must be a multiple of sample_dt = 10000.0"},
    ),
    ({f"{pupil}.sample_dt": 0.3}, {f"{pupil}.window": "must be a multiple of sample_dt = 0.3"}),
    (
        {f"{pupil}_runs.exact_inverse_code.dt_max": 0.5},
        {
            f"{pupil}_runs.exact_inverse_code.dt0": "must not exceed dt_max = 0.5",
        },
    ),
    (
        {f"{pupil}.phase": [3.0, 2.0]},
        {f"{pupil}.phase": "the low end must not exceed the high end"},
    ),
    ({f"{pupil}.frequency": [2.0, 2.0]}, {}),
    (
        {f"{pupil}_runs.exact_inverse.amplitude": [1.0, 0.1]},
        {f"{pupil}_runs.exact_inverse.amplitude": "the low end must not exceed the high end"},
    ),
    ({f"{cell}.dt0": 10.0, f"{cell}.n_validation": 6000, f"{cell}.batch_size": 54_000}, {}),
    ({f"{cell}.dt0": 11.0}, {f"{cell}.dt0": "must not exceed dt_max = 10.0"}),
    (
        {f"{cell}.n_validation": 6001},
        {f"{cell}.n_validation": "must not exceed 6000, all that mnist has"},
    ),
    (
        {"datasets": ["mnist", "fashion_mnist", "digits"], f"{cell}.batch_size": 1296},
        {f"{cell}.batch_size": "must not exceed 1295, all that digits has"},
    ),
    (
        {f"{a}.setups.authors.dt_max": 0.1},
        {f"{a}.setups.authors.dt0": "must not exceed dt_max = 0.1"},
    ),
    (
        {f"{a}.methods.backprop.batch_size": 54_001},
        {f"{a}.methods.backprop.batch_size": "must not exceed 54000, all that mnist has"},
    ),
    (
        {f"{variant}.bias.changes.n_validation": 6001},
        {f"{variant}.bias.changes.n_validation": "must not exceed 6000, all that mnist has"},
    ),
    (
        {f"{a}.ablation.variants": ["bias", "biass"]},
        {f"{a}.ablation.variants": f"must be among {', '.join(variants)}"},
    ),
    (
        {f"{a}.ablation.setup": "mine", f"{a}.ablation.variants": ["bias"]},
        {f"{a}.ablation.setup": "must be among text, authors"},
    ),
    (
        {f"{variant}.bias.setup": "mine"},
        {f"{variant}.bias.setup": "must be among text, authors"},
    ),
    (
        {f"{variant}.bias.datasets": ["mnist", "digits"]},
        {f"{variant}.bias.datasets": "must be among mnist, fashion_mnist"},
    ),
    ({f"{variant}.bias.n_hidden": [2]}, {f"{variant}.bias.n_hidden": "must be among 1, 3"}),
    (
        {f"{variant}.bias.methods": ["hebb"]},
        {f"{variant}.bias.methods": f"must be among {', '.join(methods)}"},
    ),
    ({f"{variant}.bias.n_seeds": 10}, {}),
    (
        {f"{variant}.bias.n_seeds": 11},
        {f"{variant}.bias.n_seeds": "must not exceed disinhibition.n_seeds = 10"},
    ),
    (
        {f"{a}.n_seeds": 4},
        {f"{a}.ablation.n_seeds": "must not exceed disinhibition.n_seeds = 4"},
    ),
    ({f"{rate}.tau_I": 0.1, f"{rate}.tau_E": 0.1, f"{rate}.tau_OU": 0.1}, {}),
    ({f"{rate}.tau_E": 0.05}, {f"{rate}.dt": "must not exceed tau_E = 0.05"}),
    ({f"{rate}.tau_I": 0.05}, {f"{rate}.dt": "must not exceed tau_I = 0.05"}),
    ({f"{rate}.tau_OU": 0.05}, {f"{rate}.dt": "must not exceed tau_OU = 0.05"}),
    ({f"{run}.tau_OU": 0.05}, {f"{run}.dt": "must not exceed tau_OU = 0.05"}),
    ({f"{rate}.record_dt": 0.1}, {}),
    ({f"{rate}.record_dt": 0.25}, {f"{rate}.record_dt": "must be a multiple of dt = 0.1"}),
    ({f"{rate}.record_dt": 0.05}, {f"{rate}.record_dt": "must be a multiple of dt = 0.1"}),
    (
        {f"{run}.record_dt": 2000.0},
        {f"{run}.average_window": "must be a multiple of record_dt = 2000.0"},
    ),
    (
        {f"{run}.duration": 2000.5},
        {f"{run}.duration": "must be a multiple of record_dt = 1.0"},
    ),
    (
        {f"{run}.average_window": 499.5},
        {f"{run}.average_window": "must be a multiple of record_dt = 1.0"},
    ),
    ({f"{run}.average_window": 2000.0, f"{run}.pulse_start": 2000.0}, {}),
    (
        {f"{run}.duration": 400.0},
        {f"{run}.average_window": "must not exceed duration = 400.0"},
    ),
    ({f"{run}.pulse_start": 2001.0}, {f"{run}.pulse_start": "must not exceed duration = 2000.0"}),
    ({f"{rate}.E_set": 100.0, f"{rate}.I_set": 14.0}, {}),
    ({f"{run}.E_set": 101.0}, {f"{run}.E_set": "must not exceed E_max = 100.0"}),
    ({f"{balanced}.I_max": 13.0}, {f"{balanced}.I_set": "must not exceed I_max = 13.0"}),
    ({f"{changed}.E_max": 4.0}, {f"{changed}.E_set": "must not exceed E_max = 4.0"}),
    ({f"{run}.rule": "hebb"}, {f"{run}.rule": f"must be one of none, {rules}"}),
    ({f"{changed}.rule": "hebb"}, {f"{changed}.rule": f"must be one of none, {rules}"}),
    ({f"{units}.record_trials": [0, 999]}, {}),
    (
        {f"{units}.record_trials": [0, 1000]},
        {f"{units}.record_trials": "must be less than n_trials = 1000"},
    ),
    ({f"{memory}.trial": 999, f"{memory}.n_units": 79}, {}),
    ({f"{memory}.trial": 1000}, {f"{memory}.trial": "must be less than n_trials = 1000"}),
    ({f"{memory}.n_units": 80}, {f"{memory}.n_units": "must be less than n_E = 80"}),
    ({f"{run}.W_II": [2.0, 2.0]}, {}),
    ({f"{run}.W_EI": [2.0, 1.0]}, {f"{run}.W_EI": "the low end must not exceed the high end"}),
    ({f"{run}.W_IE": [9.0, 8.0]}, {f"{run}.W_IE": "the low end must not exceed the high end"}),
    ({f"{run}.W_II": [9.0, 8.0]}, {f"{run}.W_II": "the low end must not exceed the high end"}),
    ({f"{run}.W_EE": "balanced"}, {f"{run}.W_EE": "only W_EI and W_II can be balanced"}),
    ({f"{run}.W_IE": "balanced"}, {f"{run}.W_IE": "only W_EI and W_II can be balanced"}),
    # Below W_EE = (4.8 + 5) / 5 and W_IE = (25 + 14 / 4) / 5 the line of balance is negative: B Eqs. (4), (5).
    ({f"{balanced}.W_EE": [1.961, 7.0], f"{balanced}.W_IE": 5.701}, {}),
    (
        {f"{balanced}.W_EE": [1.959, 7.0]},
        {f"{balanced}.W_EI": "would be negative beside W_EE = 1.959"},
    ),
    (
        {f"{balanced}.W_IE": 5.699},
        {f"{balanced}.W_II": "would be negative beside W_IE = 5.699"},
    ),
    ({f"{stepped}.step": {"start": 1.0, "stop": 1999.0, "W_IE": 9.0}}, {}),
    ({f"{stepped}.step": {"start": 1998.0, "stop": 2000.0, "W_IE": 9.0}}, {}),
    *(
        (
            {f"{stepped}.step": {"start": start, "stop": stop}},
            {f"{stepped}.step": "needs 0 < start < stop <= duration"},
        )
        for start, stop in [(0.0, 100.0), (100.0, 100.0), (1900.0, 2002.0)]
    ),
    *(
        (
            {f"{stepped}.step": {"start": start, "stop": stop}},
            {f"{stepped}.step": "start and half of its length must be multiples of 1.0 ms"},
        )
        for start, stop in [(100.5, 200.5), (100.0, 201.0)]
    ),
    (
        {f"{changed}.n_init": 50, f"{changed}.duration": 3000.0, f"{changed}.variants": {"a": {}}},
        {
            f"{changed}.variants": "not in a variant: all share the axes of one file",
            f"{changed}.n_init": "not in a variant: all share the axes of one file",
            f"{changed}.duration": "not in a variant: all share the axes of one file",
        },
    ),
    ({f"{online}.record_dt": 1000.0}, {}),
    (
        {f"{online}.record_dt": 2000.0},
        {f"{online}.record_dt": "must not exceed 1000.0 in a run that is online"},
    ),
    ({f"{online}.n_E": 2}, {f"{online}.n_E": "must be 1 in a run that is online"}),
    ({f"{online}.n_I": 2}, {f"{online}.n_I": "must be 1 in a run that is online"}),
    ({f"{online}.n_trials": 2}, {f"{online}.n_trials": "must be 1 in a run that is online"}),
    (
        {f"{online}.variants.rate_floor.euler": "sequential"},
        {f"{online}.variants.rate_floor.euler": "must be simultaneous in a run that is online"},
    ),
    ({f"{online}.rule": "none"}, {f"{online}.rule": "must be a rule in a run that is online"}),
    ({f"{online}.record_trials": [0]}, {f"{online}.record_trials": "not in a run that is online"}),
    (
        {f"{b}.stability_runs.gradient.rule": "hebb"},
        {f"{b}.stability_runs.gradient.rule": f"must be one of {rules}"},
    ),
    (
        {f"{b}.stability_runs.variations.W_IE": [20.0, 20.0, 200]},
        {f"{b}.stability_runs.variations.W_IE": "the last weight must exceed the first"},
    ),
    (
        {f"{b}.stability.W_EE": [9.0, 8.0, 200]},
        {f"{b}.stability.W_EE": "the last weight must exceed the first"},
    ),
    (
        {f"{b}.weight_sweep.range": [9.0, 8.0, 200]},
        {f"{b}.weight_sweep.range": "the last weight must exceed the first"},
    ),
    ({f"{network}.set": "mine"}, {f"{network}.set": f"must be one of {', '.join(sets)}"}),
    ({f"{spiking}.tau_l_I": 0.1, f"{spiking}.tau_d_E": 0.1, f"{spiking}.tau_r_I": 0.1}, {}),
    ({f"{spiking}.tau_l_I": 0.05}, {f"{spiking}.dt": "must not exceed tau_l_I = 0.05"}),
    ({f"{spiking}.tau_d_E": 0.05}, {f"{spiking}.dt": "must not exceed tau_d_E = 0.05"}),
    (
        {f"{b}.spiking_sets.printed.tau_r_I": 0.05},
        {f"{b}.spiking_sets.printed.dt": "must not exceed tau_r_I = 0.05"},
    ),
    ({f"{spiking}.record_dt": 0.15}, {f"{spiking}.record_dt": "must be a multiple of dt = 0.1"}),
    (
        {f"{spiking}.duration": 1500.5},
        {f"{spiking}.duration": "must be a multiple of record_dt = 1.0"},
    ),
    ({f"{spiking}.t_kick": 1500.0}, {}),
    ({f"{spiking}.t_kick": 1501.0}, {f"{spiking}.t_kick": "must not exceed duration = 1500.0"}),
    ({f"{network}.n_late": 3000}, {}),
    ({f"{network}.n_late": 3001}, {f"{network}.n_late": "must not exceed n_trials = 3000"}),
    ({f"{spiking}.V_reset_E": 20.0}, {}),
    ({f"{spiking}.V_reset_E": 21.0}, {f"{spiking}.V_reset_E": "must not exceed V_thresh_E = 20.0"}),
    ({f"{spiking}.V_reset_I": 21.0}, {f"{spiking}.V_reset_I": "must not exceed V_thresh_I = 20.0"}),
    ({f"{network}.W_max": 10.0}, {}),
    ({f"{network}.W_max": 9.0}, {f"{network}.W_min": "must not exceed W_max = 9.0"}),
    ({f"{spiking}.n_kicked": 1599}, {}),
    ({f"{spiking}.n_kicked": 1600}, {f"{spiking}.n_kicked": "must be less than n_E = 1600"}),
    ({f"{network}.n_E": 100}, {f"{network}.n_kicked": "must be less than n_E = 100"}),
    ({f"{spiking}.p_conn": 0.9975}, {}),
    ({f"{spiking}.p_conn": 0.9976}, {f"{spiking}.p_conn": "leaves no room without autapses"}),
    ({f"{network}.record_trials": [2999]}, {}),
    (
        {f"{network}.record_trials": [3000]},
        {f"{network}.record_trials": "must be less than n_trials = 3000"},
    ),
    (
        {f"{b}.robustness.authors": ["network_1", "mine"]},
        {f"{b}.robustness.authors": "must be one of the spiking_runs"},
    ),
    (
        {f"{paradox}_runs.example.training": "mine"},
        {f"{paradox}_runs.example.training": "must be one of the spiking_runs"},
    ),
    (
        {f"{b}.balance_runs.example.training": "network_1"},
        {f"{b}.balance_runs.example.training": "must keep its synapses: they are in its drop_dims"},
    ),
    ({f"{paradox}.step_stop": 3010.0, f"{paradox}.duration": 3010.0}, {}),
    *(
        (
            {f"{paradox}.{key}": value},
            {
                f"{paradox}.step_start": "needs bin < step_start, step_start + bin <= step_stop <= duration"
            },
        )
        for key, value in [("step_stop", 3009.0), ("duration", 3999.0), ("step_start", 10.0)]
    ),
]


@pytest.mark.parametrize(("changes", "expected"), cases, ids=[str(one)[:70] for one, _ in cases])
def test_entries_that_do_not_go_together(paper, changes, expected):
    # Through JSON: what YAML shares by anchors would change in several places at once.
    s = json.loads(json.dumps(paper))
    for key, value in changes.items():
        *path, last = key.split(".")
        place = functools.reduce(dict.__getitem__, path, s)
        place[last] = value
        if value is None:
            del place[last]
    found = {}
    for path, value, allowed in [*contradictions_a.found(s), *contradictions_b.found(s)]:
        key = ".".join(path)
        found.setdefault(key, allowed)
        set_here = changes.get(key, value)
        assert (
            value in (set_here if isinstance(set_here, list) else [set_here]) or value == set_here
        )
    assert found == expected


def test_images_are_those_of_the_data_sets():
    """What the settings know of the data sets without reading them."""
    n = dataset._tfds_sizes["train"]
    of_tfds = n - n // 10, n // 10
    assert contradictions_a.IMAGES["mnist"] == contradictions_a.IMAGES["fashion_mnist"] == of_tfds
    digits = dataset.run({"dataset": "digits", "tfds_dir": ""})
    counts = tuple(len(dataset.part(digits, part)[1]) for part in ("train", "validation"))
    assert contradictions_a.IMAGES["digits"] == counts
