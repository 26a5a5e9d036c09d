"""Holds the shapes that `plasticity` states at every call of a rule.

They stand here, because a fresh checkout reads the rules where there is Snakemake alone, without jaxtyping.
"""

from typing import Any

import beartype
import jaxtyping
from jaxtyping import Shaped

from eiplast.homeostasis import plasticity

# Of numpy, of jax or of SymPy's symbols. `_post` and `_pre` count the units of a class.
weights = dict[str, Shaped[Any, "*batch _post _pre"]]
shapes = {
    "E": Shaped[Any, "*batch n_E"],
    "I": Shaped[Any, "*batch n_I"],
    "E_pre": Shaped[Any, "*batch n_E"],
    "I_pre": Shaped[Any, "*batch n_I"],
    # None for a rule that does not read them.
    "W": weights | None,
    "A": dict[str, Shaped[Any, "_post _pre"]] | None,
    "return": weights,
}

for name, rule in list(plasticity.RULES.items()):
    rule.__annotations__ = shapes
    checked = jaxtyping.jaxtyped(rule, typechecker=beartype.beartype)
    # `parameters.checked` reads from a rule's code which parameters are its own.
    code = checked.__code__
    checked.__code__ = code.replace(co_consts=(*code.co_consts, rule.__code__))
    plasticity.RULES[name] = checked
    setattr(plasticity, name, checked)
