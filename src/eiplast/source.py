"""What a job computes, as a digest of the definitions that it reaches: changed by what changes results alone.

From the entry of a module, its `run`, `main`, `plot` or `table`, every name is followed to what defines it, across
the modules of this package, and every file that is named beside the module that names it. Of a definition counts
what Python does with it: no comment, docstring or layout, no annotation of a function, no path. A function that
moves to another module, a module with another name, a definition that no job reaches: none changes a digest. Of
the rules of plasticity, which their module lists by `globals()`, count those that the run names: a new rule, or an
edit of one, leaves the runs of all others as they are.
"""

import ast
import functools
import hashlib
import io
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from eiplast import source_cache

_package = Path(__file__).parent
_entries = ("run", "main", "plot", "table")
_comprehensions = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def digest(*modules, spec="{}", package=_package):
    """Digest of what the entries of `modules` reach; of a module without an entry, of all it defines.

    modules : such as ``homeostasis.rate.simulate``, below `package`. Found once, till a file of `package` changes.
    spec : JSON of a run; where it names rules of plasticity, no other one counts.
    """
    kept, known = source_cache.load(package)
    chosen = _rules(json.loads(spec))
    name = " ".join([*modules, *map("rule={}".format, chosen)])
    if name not in known:
        found = (_follow(package, m, None, {}, chosen) for m in modules)
        known[name] = _sha("".join(found).encode())
        source_cache.save(kept, known)
    return known[name]


def _rules(spec):
    """Names of rules in a run, in its variants and in its cases, sorted."""
    if not isinstance(spec, dict):
        return []
    inner = {name for value in spec.values() for name in _rules(value)}
    return sorted(inner | {spec["rule"]} if isinstance(spec.get("rule"), str) else inner)


@functools.cache
def files(*modules, package=_package):
    """Files below `package`, sorted, in which the entries of `modules` reach something."""
    known = {}
    for module in modules:
        _follow(package, module, None, known)
    return sorted({path.as_posix() for path, _ in known})


def digest_at(commit, *modules, spec="{}", package=_package):
    """`digest` of `package` as it was at `commit` (40 digits); None where its checkout does not have that."""
    if not re.fullmatch("[0-9a-f]{40}", commit):
        return None
    try:
        then = subprocess.run(
            ["git", "-C", package, "archive", commit], capture_output=True, check=True
        )
        with (
            tarfile.open(fileobj=io.BytesIO(then.stdout)) as whole,
            tempfile.TemporaryDirectory() as folder,
        ):
            # The link to config.yaml leads out of the package, and out of its archive.
            files = [member for member in whole if not member.issym()]
            whole.extractall(folder, files, filter="data")
            return digest(*modules, spec=spec, package=Path(folder))
    except (OSError, subprocess.CalledProcessError):
        return None


def keys(module, name, package=_package):
    """Keys of the dict `name` that `module` defines, without an import of the module."""
    (assignment,) = _module(package, module)[1][name]
    return [key.value for key in assignment.value.keys]


def _sha(content):
    return hashlib.sha256(content).hexdigest()[:16]


def _follow(package, module, name, known, chosen=()):
    """Digest of what `name` of `module` is and reaches, of its entries if None. Adds to `known`, by place.

    chosen : names that alone count where a module lists itself; all do where there are none.
    """
    path, defined, imported = _module(package, module)
    if name in imported:
        targets = imported[name]
        return "".join(_target(package, target, None, known, chosen) for target in targets)
    place = path, name
    if place not in known:
        known[place] = str(name)  # what a definition that reaches itself sees
        if name is None:
            text = ""
            entries = [entry for entry in _entries if entry in defined] or sorted(defined)
            found = [_follow(package, module, entry, known, chosen) for entry in entries]
        else:
            text, references = _definition(package, module, name)
            found = [_target(package, *reference, known, chosen) for reference in references]
        known[place] = _sha("".join([text, *found]).encode())
    return known[place]


def _target(package, target, attribute, known, chosen):
    """Digest of a pair of module and name; without a name, of an `attribute` of the module or all it defines."""
    module, name = target
    if isinstance(module, Path):
        known[target] = _sha((package / module).read_bytes())
        return known[target]
    if name is not None:
        return _follow(package, module, name, known, chosen)
    _, defined, imported = _module(package, module)
    names = [attribute] if attribute in {*defined, *imported} else sorted(defined)
    if attribute is globals and chosen:
        names = [each for each in names if each in chosen]
    return "".join(_follow(package, module, each, known, chosen) for each in names)


@functools.cache
def _definition(package, module, name):
    """What Python does with `name` of `module`, as text, and what that refers to: (module, name), attribute."""
    references = []
    place = package, module, references
    return repr([_plain(node, place, ()) for node in _module(package, module)[1][name]]), references


@functools.cache
def _module(package, module):
    """Path below `package`; definitions, the statements of each name; imports from this package by name."""
    path = _path(package, module)
    tree = ast.parse((package / path).read_text(encoding="utf-8"))
    imported = {}
    for node in ast.walk(tree):
        if _is_ours(node):
            within = node.module.removeprefix("eiplast").strip(".")
            for alias in node.names:
                inner = f"{within}.{alias.name}".strip(".")
                target = (inner, None) if _path(package, inner) else (within, alias.name)
                imported.setdefault(alias.asname or alias.name, []).append(target)
    defined = {}
    for node in tree.body:
        for name, what in _definitions(node, defined):
            defined.setdefault(name, []).append(what)
    return path, defined, imported


def _path(package, module):
    """Where `module` lies below `package`, None where it is no module."""
    path = Path(*module.split("."))
    found = (path.with_suffix(".py") if module else path, path / "__init__.py")
    return next((path for path in found if (package / path).is_file()), None)


def _is_silent(node):
    """Whether the node changes nothing by itself: an import of ours, and that a file is UTF-8, as all are."""
    says_utf8 = isinstance(node, ast.keyword) and node.arg == "encoding"
    return _is_ours(node) or (says_utf8 and getattr(node.value, "value", None) == "utf-8")


def _is_ours(node):
    return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "eiplast"


def _definitions(node, defined):
    """Pairs of a name and what this statement of a module says of it."""
    match node:
        case ast.ImportFrom() if _is_ours(node) or node.module == "jaxtyping":  # for annotations
            return
        case ast.Import() | ast.ImportFrom():
            for alias in node.names:
                what = f"{getattr(node, 'module', None)} {alias.name}"
                yield alias.asname or alias.name.split(".")[0], what
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name, node
        case (
            ast.Expr(value=ast.Constant()) | ast.If(test=ast.Compare(left=ast.Name(id="__name__")))
        ):
            return
        case _:
            # A call on a name, such as `f.implementations.add(...)`, says something of that name; else of all.
            names = _stored([node]) or {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            for name in sorted(names & {*defined, *_stored([node])}):
                yield name, node


def _stored(nodes):
    """Names that `nodes` bind in their own scope."""
    names = set()
    for node in nodes:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
                continue
            case ast.Name(ctx=ast.Store()):
                names.add(node.id)
            case ast.Import() | ast.ImportFrom() if not _is_ours(node):
                names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
            case (
                ast.ExceptHandler(name=str()) | ast.MatchAs(name=str()) | ast.MatchStar(name=str())
            ):
                names.add(node.name)
        if not isinstance(node, (*_scopes, *_comprehensions)):
            names |= _stored(ast.iter_child_nodes(node))
    return names


def _plain(node, place, hidden):
    """A syntax tree as tuples, the same in every Python: newer ones add fields and quote in other ways.

    What names refer to at `place` (package, module, references) is added to its references, but for names `hidden`
    by an inner scope.
    """
    if isinstance(node, list):
        return tuple(_plain(item, place, hidden) for item in node if not _is_silent(item))
    if not isinstance(node, ast.AST):
        return repr(node)
    if found := list(_references(node, place, hidden)):
        place[2].extend(found)
        return node.value if isinstance(node, ast.Constant) else len(found)
    inner, outside = hidden, set()
    if isinstance(node, _scopes):
        inner = {*hidden, *_arguments(node.args), *_stored(_listed(node.body))}
        outside = {"args", "decorator_list"}
    elif isinstance(node, _comprehensions):
        # The first source is read outside of the comprehension: both readings count.
        inner = {*hidden, *_stored(part.target for part in node.generators)}
        outside = {"first"}
    fields = dict(ast.iter_fields(node)) | {"body": _without_words(node)}
    if isinstance(node, (ast.arg, *_scopes)):
        fields |= {"annotation": None, "returns": None}
    if "first" in outside:
        fields["first"] = node.generators[0].iter
    parts = (
        (name, _plain(value, place, hidden if name in outside else inner))
        for name, value in fields.items()
        if value is not None
    )
    return type(node).__name__, *(part for part in parts if part[1])


def _references(node, place, hidden):
    """What a name, an attribute of a module of ours or the name of a file refers to; nothing for all else."""
    package, module, _ = place
    path, defined, imported = _module(package, module)
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name not in hidden:
            targets = imported.get(name, [])
            if all(of is None for _, of in targets):
                yield from ((target, attribute) for target in targets)
        case ast.Name(id="globals"):
            yield (module, None), globals
        case ast.Name(id=name) if name not in hidden and (name in defined or name in imported):
            yield (module, name), None
        case ast.Constant(value=str(name)) if _is_file(package / path.parent, name):
            yield (path.parent / name, None), None


def _is_file(folder, name):
    """Whether a constant in the code is the name of a file in `folder`, such as normal.h."""
    return "." in name and "/" not in name and "\n" not in name and (folder / name).is_file()


def _arguments(args):
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return {arg.arg for arg in every if arg}


def _listed(body):
    return body if isinstance(body, list) else [body]


def _without_words(node):
    """Body of `node` without its docstring; None where it has no body."""
    body = getattr(node, "body", None)
    words = isinstance(body, list) and body and isinstance(body[0], ast.Expr)
    if words and isinstance(body[0].value, ast.Constant) and isinstance(body[0].value.value, str):
        return body[1:]
    return body
