"""Finds modules, and what their names mean, in the source of installed packages, importing none.

`definition("livekit.agents.llm", "LLM")` follows `from .llm import LLM` to the class itself.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, TypeAlias

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"

_PYTHONS_OWN = sys.stdlib_module_names | {"typing_extensions"}
_MOST_HOPS = 20  # imports of imports; a name may be imported in a circle


@dataclass(frozen=True, eq=False)
class Module:
    """A module as its source has it. `names` has its classes, functions, values and imports."""

    name: str
    path: Path
    tree: ast.Module = field(repr=False)

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py" or self.path.suffix != ".py"

    @property
    def package(self) -> str:
        return self.name if self.is_package else self.name.rpartition(".")[0]


class Definition(NamedTuple):
    """A class, a function or the value of an alias, with the module it stands in."""

    module: Module
    node: ast.ClassDef | Function | ast.expr

    @property
    def reference(self) -> str:
        """Where the class or function is: "livekit.agents.types:APIConnectOptions"."""
        return f"{self.module.name}:{self.name}" if self.name else ""

    @property
    def name(self) -> str:
        """The name of the class or the function; "" for a value."""
        return "" if isinstance(self.node, ast.expr) else self.node.name

    @property
    def body(self) -> list[ast.stmt]:
        """The statements in the class or the function; none for a value."""
        return [] if isinstance(self.node, ast.expr) else self.node.body


class Foreign(NamedTuple):
    """A name of Python's own library, or of a module that is not installed: "typing.Literal"."""

    name: str


Found: TypeAlias = "Definition | Module | Foreign"


class _Import(NamedTuple):
    """What `from module import name` binds, or `import module` where there is no name."""

    module: str
    name: str = ""


@cache
def module(name: str) -> Module | None:
    """Return a module by its dotted name; None where it is not installed, or has no source."""
    if name.partition(".")[0] in _PYTHONS_OWN:
        return None
    path = module_path(name)
    try:
        if path is not None:
            return Module(name, path, ast.parse(path.read_bytes()))
    except (OSError, SyntaxError, ValueError):
        return None
    # A namespace package, such as livekit or google, is nothing but folders.
    folder = next(iter(folders(name)), None)
    return Module(name, folder, ast.Module([], [])) if folder else None


def module_path(name: str) -> Path | None:
    """Return the file of a module by its dotted name; None where there is none."""
    for folder in folders(name.rpartition(".")[0]):
        stem = folder / name.rpartition(".")[2]
        for path in (stem / "__init__.py", stem.with_name(f"{stem.name}.py")):
            if path.is_file():
                return path
    return None


def folders(package: str) -> tuple[Path, ...]:
    """Return the folders that hold the modules of a package; those of sys.path without one."""
    return _folders(package) if package else tuple(map(Path, sys.path))


@cache
def _folders(package: str) -> tuple[Path, ...]:
    if "." not in package:
        # Finding a package at the top imports nothing, and knows of editable installations.
        try:
            spec = find_spec(package)
        except (ImportError, ValueError):
            return ()
        return tuple(map(Path, spec.submodule_search_locations or ())) if spec else ()
    above, _, name = package.rpartition(".")
    return tuple(path for each in _folders(above) if (path := each / name).is_dir())


def definition(module_name: str, dotted: str) -> Found | None:
    """Return what a dotted name means in a module, as "types.HttpOptions" does in google's `llm`.

    It is a module where the name stands for one, and None where it cannot be followed.
    """
    found: Found | None = module(module_name)
    for name in dotted.split("."):
        if isinstance(found, Module):
            found = _follow(found, name, _MOST_HOPS)
        elif isinstance(found, Foreign):
            found = Foreign(f"{found.name}.{name}")
        else:
            return None
    return found


def _follow(inside: Module, name: str, hops: int) -> Found | None:
    bound = _names(inside).get(name)
    if isinstance(bound, _Import):
        return _imported(inside, bound, hops) if hops else None
    if bound is not None:
        return Definition(inside, bound)
    if inside.is_package and (submodule := module(f"{inside.name}.{name}")):
        return submodule
    for star in _stars(inside):
        target = module(star)
        if hops and target and (found := _follow(target, name, hops - 1)):
            return found
    return None


def _imported(inside: Module, bound: _Import, hops: int) -> Found | None:
    target = module(bound.module)
    if target is None:
        return Foreign(".".join(filter(None, bound)))
    if not bound.name:
        return target
    if target is inside:  # `from . import realtime`
        return module(f"{bound.module}.{bound.name}")
    return _follow(target, bound.name, hops - 1)


@cache
def _names(inside: Module) -> Mapping[str, ast.ClassDef | Function | ast.expr | _Import]:
    found: dict[str, ast.ClassDef | Function | ast.expr | _Import] = {}
    for each in _statements(inside.tree.body):
        match each:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                found[name] = each
            case ast.AsyncFunctionDef(name=name):
                found[name] = each
            case ast.Assign(targets=[ast.Name(name)], value=value):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value):
                found[name] = value
            case ast.Import(names=names):
                for alias in names:
                    whole = alias.name if alias.asname else alias.name.partition(".")[0]
                    found[alias.asname or whole] = _Import(whole)
            case ast.ImportFrom(names=names):
                origin = _origin(inside, each)
                found |= {
                    alias.asname or alias.name: _Import(origin, alias.name) for alias in names
                }
    return found


def _stars(inside: Module) -> Iterator[str]:
    for each in _statements(inside.tree.body):
        if isinstance(each, ast.ImportFrom) and each.names[0].name == "*":
            yield _origin(inside, each)


def _origin(inside: Module, statement: ast.ImportFrom) -> str:
    """Return the whole name of the module that a statement imports from."""
    if not statement.level:
        return statement.module or ""
    parts = inside.package.split(".")
    base = parts[: len(parts) + 1 - statement.level]
    return ".".join([*base, *([statement.module] if statement.module else [])])


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module, those for type checkers and under conditions too."""
    for each in body:
        if isinstance(each, ast.If):
            yield from _statements([*each.orelse, *each.body])
        elif isinstance(each, ast.Try):
            yield from _statements([*each.body, *each.orelse])
        else:
            yield each


def bases(found: Definition) -> Iterator[Definition | Foreign]:
    """Yield a class and those that it inherits from, in the order in which Python looks there."""
    seen: set[str] = set()
    waiting: list[Definition | Foreign] = [found]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, Foreign):
            yield each
        elif isinstance(each.node, ast.ClassDef) and each.reference not in seen:
            seen.add(each.reference)
            yield each
            inherited = (resolve(each.module, base) for base in each.node.bases)
            waiting[:0] = [base for base in inherited if isinstance(base, (Definition, Foreign))]


def public_names(inside: Module) -> list[str]:
    """Return the names that a module offers: those in its `__all__`, else its own without a _."""
    bound = _names(inside)
    listed = bound.get("__all__")
    if isinstance(listed, (ast.List, ast.Tuple)):
        return [str(each.value) for each in listed.elts if isinstance(each, ast.Constant)]
    return [
        name
        for name, each in bound.items()
        if not name.startswith("_") and (inside.is_package or not isinstance(each, _Import))
    ]


def resolve(inside: Module, expression: ast.expr) -> Found | None:
    """Return what an expression such as `llm.LLM` or `stt.STT[int]` names in a module."""
    if isinstance(expression, ast.Subscript):
        expression = expression.value
    dotted = dotted_name(expression)
    if not dotted:
        return None
    found = definition(inside.name, dotted)
    is_builtin = found is None and hasattr(builtins, dotted)
    return Foreign(f"builtins.{dotted}") if is_builtin else found


def dotted_name(expression: ast.expr) -> str:
    """Return "llm.LLM" for the expression that has this name; "" for any other."""
    match expression:
        case ast.Name(name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            before = dotted_name(value)
            return f"{before}.{attribute}" if before else ""
    return ""


def method(found: Definition, name: str) -> tuple[Definition, list[Function]]:
    """Return the class that has a method, and its definitions: overloads, the method itself last.

    There are none where neither the class nor one that it inherits from has it.
    """
    for each in bases(found):
        if not isinstance(each, Definition):
            continue
        functions = [inner for inner in each.body if isinstance(inner, FUNCTIONS)]
        if named := [inner for inner in functions if inner.name == name]:
            return each, named
    return found, []
