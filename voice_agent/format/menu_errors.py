"""Mistakes in the menus of agents that the schema cannot express."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .declared_agents import Where, agents, menu_keys
from .declared_tools import chosen, get, mapping
from .diagnostics import Diagnostic, quote
from .misfits import misfit
from .templates import tokens
from .typos import closest
from .value_errors import either
from .yaml_source import Source


def menu_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield what is wrong with what keys give to tools; the data may be of any shape."""
    for name in agents(source.data):
        for where, key in menu_keys(source.data, name):
            if not isinstance(tool := key.get("tool"), str):
                continue
            parameters = chosen(tool, get(source.data, "tools", tool))
            if parameters is not None:
                yield from _arguments(source, where, tool, key, parameters)


def _arguments(
    source: Source,
    where: Where,
    tool: str,
    key: Mapping[str, Any],
    parameters: Mapping[str, Any],
) -> Iterator[Diagnostic]:
    given = mapping(key.get("with"))
    for name, value in given.items():
        place = [*where, "with", name]
        if name not in parameters:
            close = closest(name, parameters)
            hint = (
                f"did you mean {quote(close)}?"
                if close
                else (
                    f"it takes {either([*parameters])}"
                    if parameters
                    else "it takes none: take it out"
                )
            )
            message = f"the tool {quote(tool)} takes no {quote(name)}"
            yield source.at(source.key(place), "unknown-key", message, hint)
        elif not _has_names(value) and (wrong := misfit(name, parameters[name], value)):
            message = f"the tool {quote(tool)} never runs with this: {wrong}"
            yield source.at(source.value(place), "wrong-value", message, "give it another")
    for name, parameter in parameters.items():
        if name not in given and get(parameter, "optional") is not True:
            message = f"the tool {quote(tool)} needs {quote(name)}, and no llm gives it here"
            hint = f'add it under "with", as in with: {{{name}: …}}'
            yield source.at(source.value([*where, "tool"]), "missing-key", message, hint)


def _has_names(value: Any) -> bool:
    return isinstance(value, str) and any(tokens(value))
