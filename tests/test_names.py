from pathlib import Path

import pandas as pd
import yaml

from eiplast import names


def test_every_item_of_the_configuration_has_a_printed_name():
    path = Path(__file__).parent.parent / "config.yaml"
    config = yaml.safe_load(path.read_text("utf-8"))
    a, b = config["disinhibition"], config["homeostasis"]
    items = {*config["datasets"], *a["methods"], *a["setups"], *a["ablation"]["variants"]}
    items |= {run["rule"] for run in b["rate_runs"].values()}
    for item in items:
        assert item in names._printed, item
        assert "_" not in names.printed(item).replace("k_p", "").replace("k_i", "")


def test_tables_are_printed_without_words_of_code():
    table = pd.DataFrame({"dataset": ["fashion_mnist"], "setup": ["text"], "W_EE": [1.0]})
    shown = names.frame(table)
    assert list(shown.columns) == ["data set", "set-up", "W_EE"]
    assert shown.iloc[0, 0] == "Fashion-MNIST"
    assert names.sentence("pixels of fashion_mnist") == "pixels of Fashion-MNIST"
