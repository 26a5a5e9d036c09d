"""Deliberate errors: every change of one number, operator, name, call or statement of a module, for mutants.py."""

import ast
import copy
import re

_operators = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_opposite = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_bound = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
_extremes = {"min": "max", "minimum": "maximum", "argmin": "argmax"}
_extremes |= {b: a for a, b in _extremes.items()}
# Near enough to pass for each other.
_confused = {
    "mean": "median",
    "std": "var",
    "any": "all",
    "sin": "cos",
    "sum": "mean",
    "exp": "expm1",
}
_confused |= {b: a for a, b in _confused.items()}
# Their first two arguments may change places.
_symmetric = {
    "minimum",
    "maximum",
    "isclose",
    "allclose",
    "dot",
    "array_equal",
    "logical_and",
    "logical_or",
}
_axes = {0: 1, 1: 0, -1: 0}
# Without their call the program only raises an error, or goes on as before.
_kept_calls = {"zip", "range", "enumerate", "partial", "array", "asarray", "int", "float", "str"}
_no_argument = (ast.Starred, ast.Constant, ast.UnaryOp)
# These need no brackets.
_closed = (ast.Name, ast.Constant, ast.Attribute, ast.Call, ast.Subscript, ast.Slice, ast.stmt)
# Texts and what is not computed.
_skipped = (ast.Raise, ast.JoinedStr, ast.Assert, ast.Import, ast.ImportFrom)


def candidates(source):
    """Every change of `source`: (line, column, its end), kind, before, after."""
    tree = ast.parse(source)
    names = {getattr(node, "id", getattr(node, "attr", None)) for node in ast.walk(tree)}
    names |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    names.discard(None)
    found = []
    for node in _computed(tree):
        for kind, changed in _changes(node, names):
            place = node.lineno, node.col_offset, node.end_lineno, node.end_col_offset
            after = ast.unparse(changed)
            after = after if isinstance(changed, _closed) else f"({after})"
            found.append((place, kind, ast.get_source_segment(source, node), after))
    return found


def _computed(node):
    """Nodes below `node` but texts, decorators and annotations."""
    for name, field in ast.iter_fields(node):
        for child in field if isinstance(field, list) else [field]:
            if name in ("decorator_list", "annotation", "returns") or isinstance(child, _skipped):
                continue
            told = isinstance(child, ast.Call) and ast.unparse(child.func) in ("print", "tqdm")
            if isinstance(child, ast.AST) and not told:
                yield child
                yield from _computed(child)


def _changes(node, names):
    """(kind, node) that may stand for `node`."""
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            if type(op) in _operators:
                yield "operator", _with(node, op=_operators[type(op)]())
                yield "dropped term", left
            if isinstance(op, (ast.Add, ast.Mult)):
                yield "dropped term", right
            if isinstance(op, (ast.Sub, ast.Div, ast.BitOr)):
                yield "swapped", _with(node, left=right, right=left)
            if isinstance(op, ast.MatMult):
                yield "transposed", _with(node, left=ast.Attribute(left, "T", ast.Load()))
        case ast.AugAssign(op=op):
            yield "left out", ast.Pass()
            if type(op) in _operators:
                yield "operator", _with(node, op=_operators[type(op)]())
        case ast.Compare(ops=[op]):
            for kind, others in (("comparison", _opposite), ("bound", _bound)):
                if type(op) in others:
                    yield kind, _with(node, ops=[others[type(op)]()])
        case ast.Constant(value=value) if type(value) in (int, float):
            yield "number", _with(node, value=2 * value or 1)
            if value > 1:
                yield (
                    "smaller",
                    _with(node, value=value - 1 if isinstance(value, int) else value / 2),
                )
        case ast.Constant(value=str(value)) if _sibling(value) in names - {value}:
            yield "sibling", _with(node, value=_sibling(value))
        case ast.Name(id=name, ctx=ast.Load()) if _sibling(name) in names - {name}:
            yield "sibling", _with(node, id=_sibling(name))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield "sign", operand
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
            yield "not", operand
        case ast.Attribute(value=value, attr="T"):
            yield "transposed", value
        case ast.Attribute(attr=name) if name in _extremes:
            yield "extreme", _with(node, attr=_extremes[name])
        case ast.Attribute(attr=name) if name in _confused:
            yield "confused", _with(node, attr=_confused[name])
        case ast.Attribute(attr=name) if _sibling(name) in names - {name}:
            yield "sibling", _with(node, attr=_sibling(name))
        case ast.Name(id=name) if name in _extremes:
            yield "extreme", _with(node, id=_extremes[name])
        case ast.IfExp(body=one, orelse=other):
            yield "branch", one
            yield "branch", other
        case ast.BoolOp(values=[first, *_]):
            yield "branch", first
        case ast.Slice(lower=lower, upper=upper) if lower or upper:
            yield "slice", ast.Slice(None, None, node.step)
        case ast.Assign(targets=[target]) if _again(node, target):
            yield "left out", ast.Pass()
        case ast.Expr(value=ast.Call()):
            yield "left out", ast.Pass()
        case ast.Call(args=[first, *others]) if not isinstance(first, _no_argument):
            kept = ast.unparse(node.func).split(".")[-1] in _kept_calls or len(others) > 1
            if not kept and not node.keywords:
                yield "dropped call", first
            yield from _axis(node)
            yield from _arguments(node)
        case ast.Call():
            yield from _arguments(node)


def _axis(call):
    """The call along another axis."""
    for keyword in call.keywords:
        axis = ast.unparse(keyword.value)
        if keyword.arg == "axis" and re.fullmatch(r"-?\d", axis) and int(axis) in _axes:
            other = copy.deepcopy(call)
            other.keywords[call.keywords.index(keyword)].value = ast.Constant(_axes[int(axis)])
            yield "axis", other


def _arguments(call):
    """The call with its first two arguments in the other order, or without one of those that have a name."""
    if len(call.args) > 1 and ast.unparse(call.func).split(".")[-1] not in _symmetric | _kept_calls:
        first, second, *others = call.args
        yield "swapped", _with(call, args=[second, first, *others])
    if isinstance(call.func, ast.Attribute):
        for one in call.keywords:
            if one.arg not in (None, "axis", "dtype"):
                yield (
                    "keyword",
                    _with(call, keywords=[k for k in call.keywords if k.arg != one.arg]),
                )


def _again(assignment, target):
    """Whether without `assignment` its target still has a value."""
    used = {node.id for node in ast.walk(assignment.value) if isinstance(node, ast.Name)}
    return not isinstance(target, ast.Name) or target.id in used


def _with(node, **fields):
    changed = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _sibling(name):
    """The same of the other population: tau_I for tau_E."""
    if not re.fullmatch(r"(\w+_)?[EI]{1,2}(_\w+)?", name):
        return None
    return re.sub(r"(?<![A-Za-z])[EI]{1,2}(?![A-Za-z])", lambda m: _other(m[0]), name)


def _other(classes):
    return classes.translate(str.maketrans("EI", "IE"))
