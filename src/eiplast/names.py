"""Printed names of items that config.yaml and the results call by a word of code, for figures and tables."""

import re

_printed = {
    # data sets
    "mnist": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
    "digits": "8 × 8 digits",
    # learning rules of paper A
    "backprop": "back-propagation",
    "exact_inverse": "exact inverse",
    "exact_inverse_avg_J": "exact inverse, averaged J",
    "linear_threshold": "linear threshold",
    "linear_threshold_avg_J": "linear threshold, averaged J",
    "exact_inverse_code": "exact inverse (authors' code)",
    "linear_threshold_code": "linear threshold (authors' code)",
    "linear_threshold_wide": "linear threshold, wider start",
    # set-ups and what is varied in them
    "text": "as the text",
    "authors": "as the authors' code",
    "best_epoch": "best epoch on validation",
    "hard_targets": "hard targets",
    "lecun": "LeCun initial weights",
    "memory": "moving average of the linearisation point",
    "memory_deep": "moving average of the linearisation point, three hidden layers",
    "bias": "with biases",
    "bias_deep": "with biases, three hidden layers",
    "split_5000": "5000 validation samples",
    "gains_half": "half the gains k_p and k_i",
    "gains_double": "twice the gains k_p and k_i",
    "stopping": "stopping of the solver",
    "stopping_strict": "stopping of the solver, strict",
    "stopping_deep": "stopping of the solver, three hidden layers",
    "stopping_fashion": "stopping of the solver, Fashion-MNIST",
    # rules of plasticity of paper B
    "none": "no plasticity",
    "homeostatic": "homeostatic",
    "cross_homeostatic": "cross-homeostatic",
    "two_term": "two-term cross-homeostatic",
    "synaptic_scaling": "synaptic scaling",
    "forced_balance": "forced balance",
    "gradient": "gradient",
    "gradient_approximate": "approximate gradient",
    # how a network ends: what is tested at the set-points, not why
    "diverging": "off target, error grew",
    "off_target": "off target, error did not grow",
    "lost": "infinite or no number",
    # columns
    "n_hidden": "hidden layers",
    "setup": "set-up",
    "dataset": "data set",
    "loss_difference": "difference of the loss",
    "late_test_difference": "difference, last ten epochs",
    "late_validation_difference": "difference on validation, last ten epochs",
}


def printed(item):
    """The name of `item` in print; a word of code that has none yet reads as plain words."""
    item = str(item)
    return _printed.get(item, item.replace("_", " "))


def network(dataset, n_hidden):
    """What a panel says of the networks in it."""
    return f"{printed(dataset)}, {n_hidden} hidden layer{'s' if n_hidden > 1 else ''}"


def sentence(text):
    """`text` with every data set in it by its printed name."""
    for name in ("fashion_mnist", "mnist"):
        text = re.sub(rf"\b{name}\b", _printed[name], text)
    return text


def frame(table):
    """The table as it is printed: its columns and its text by their printed names."""
    shown = table.copy()
    for column in shown.columns:
        if column in ("dataset", "method", "setup", "variant", "rule", "outcome"):
            shown[column] = shown[column].map(printed)
    # Symbols, like W_EE, stay.
    words = [
        c for c in shown.columns if c in _printed or re.fullmatch(r"[a-z]{3,}(_[a-z]{3,})*", c)
    ]
    return shown.rename(columns={word: printed(word) for word in words})
