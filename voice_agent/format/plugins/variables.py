"""The environment variables that a plugin reads for the options that are left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from ..python.classes import parameters_with_defaults
from ..python.source import FUNCTIONS, Definition, Function, method, resolve
from .roles import is_installed
from .source import Constructor, PluginError, constructor

_MOST_CALLS = 2  # from the constructor to a function, or to another constructor
_READS = re.compile(r"(os\.)?(environ(\.get)?|getenv)|(utils\.)?resolve_env_var")
_NAME = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_NEEDED = ("_API_KEY",)


@dataclass(frozen=True)
class Variable:
    """An environment variable that a plugin reads."""

    name: str
    option: str
    """The option that says the same; "" where the source does not tell which."""
    is_needed: bool
    """Whether nothing works without it where the option is left out."""


def variables(name: str, role: str, given: Iterable[str] = ()) -> list[Variable]:
    """Return the environment variables that a plugin reads where these options are given.

    There are none where the plugin is not installed, or has no such class.
    """
    if not is_installed(name.partition(".")[0]):
        return []
    try:
        every = _variables(name, role)
    except PluginError:
        return []
    return [each for each in every if each.option not in {*given}]


@cache
def _variables(name: str, role: str) -> tuple[Variable, ...]:
    found = constructor(name, role)
    if found.function is None:
        return ()
    options = set(found.part["properties"])
    made = dict[str, Variable]()
    for variable, option in _read_in(found.owner, found.function, _MOST_CALLS, options):
        is_key = variable.endswith(_NEEDED)
        option = option or ("api_key" if is_key and "api_key" in options else "")
        made.setdefault(variable, Variable(variable, option, is_key))
    if not any(each.is_needed for each in made.values()):
        for variable in _in_docstring(found):
            made.setdefault(variable, Variable(variable, "api_key", is_needed=True))
    return tuple(made.values())


def _read_in(
    owner: Definition, function: Function, calls: int, options: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield the variables that a function and those it calls read, each with its option."""
    for statement in _statements(function):
        words = [each.id for each in ast.walk(statement) if isinstance(each, ast.Name)]
        option = next((each for each in words if each in options), "")
        for node in ast.walk(statement):
            if isinstance(node, ast.Subscript) and _READS.fullmatch(ast.unparse(node.value)):
                yield from ((each, option) for each in _texts([node.slice]))
            elif isinstance(node, ast.Call) and _READS.fullmatch(ast.unparse(node.func)):
                yield from ((each, option) for each in _texts(node.args))
            elif isinstance(node, ast.Call) and calls:
                for inner, called in _called(owner, node.func):
                    yield from _read_in(inner, called, calls - 1, options)


def _statements(function: Function) -> Iterator[ast.stmt]:
    """Yield the simple statements of a function, those in its branches too."""
    for node in ast.walk(function):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Expr, ast.Return)):
            yield node


def _texts(arguments: Iterable[ast.expr]) -> list[str]:
    return [
        each.value
        for each in arguments
        if isinstance(each, ast.Constant)
        and isinstance(each.value, str)
        and _NAME.fullmatch(each.value)
    ]


def _called(owner: Definition, function: ast.expr) -> Iterator[tuple[Definition, Function]]:
    """Yield what a call runs, where it is a function or a class of the same plugin."""
    found = resolve(owner.module, function)
    plugin = ".".join(owner.module.name.split(".")[:3])
    if not isinstance(found, Definition) or not f"{found.module.name}.".startswith(f"{plugin}."):
        return
    if isinstance(found.node, FUNCTIONS):
        yield found, found.node
    elif functions := method(found, "__init__")[1]:
        yield found, functions[-1]


def _in_docstring(found: Constructor) -> Iterator[str]:
    """Yield the keys that the description of a constructor names beside its option `api_key`."""
    function = found.function
    names = {each.arg for each, _ in parameters_with_defaults(function)} if function else set()
    described = ast.get_docstring(function) if function and "api_key" in names else None
    yield from (each for each in _NAME.findall(described or "") if each.endswith(_NEEDED))
