"""Where an entry of config.yaml stands, and what it must be beside others.

Blocks are merged, a run over the block that it changes: a `stack` has a pair (path, what stands there) for each,
the most specific first. Where entries do not go together, the first place that has one of them is to blame.
Checks yield (path, value, what is allowed).
"""

from collections import ChainMap


def merged(stack):
    """All entries of `stack`, as a job gets them."""
    return ChainMap(*(has for _, has in stack))


def at(stack, key, *others):
    """Path to `key` where it or one of the `others` is set."""
    return next([*path, key] for path, has in stack if {key, *others} & set(has))


def order(stack, *pairs):
    """The first of each pair of keys must not exceed the second."""
    p = merged(stack)
    for smaller, larger in pairs:
        if p[smaller] > p[larger]:
            allowed = f"must not exceed {larger} = {p[larger]}"
            yield at(stack, smaller, larger), p[smaller], allowed


def below(stack, key, limit):
    """What stands at `key`, one number or each of a list, must be less than what stands at `limit`."""
    p = merged(stack)
    for value in p[key] if isinstance(p[key], list) else [p[key]]:
        if value >= p[limit]:
            yield at(stack, key, limit), value, f"must be less than {limit} = {p[limit]}"


def intervals(stack, *keys):
    """A pair [low, high] must not fall; what is no pair may be anything."""
    p = merged(stack)
    for key in keys:
        if isinstance(p[key], list) and p[key][0] > p[key][1]:
            yield at(stack, key), p[key], "the low end must not exceed the high end"


def multiples(stack, *pairs):
    """The first of each pair of keys must be a multiple of the second."""
    p = merged(stack)
    for key, unit in pairs:
        if p[key] < p[unit] or not whole(p[key] / p[unit]):
            yield at(stack, key, unit), p[key], f"must be a multiple of {unit} = {p[unit]}"


def whole(number):
    """Whether it is an integer but for rounding."""
    return abs(number - round(number)) < 1e-6


def among(path, chosen, known):
    """What is chosen, one or a list, must be known."""
    if not set(chosen if isinstance(chosen, list) else [chosen]) <= set(known):
        yield path, chosen, f"must be among {', '.join(map(str, known))}"


def rising(path, ends, what):
    """The first two of `ends` must rise."""
    if ends[1] <= ends[0]:
        yield path, ends, f"the last {what} must exceed the first"
