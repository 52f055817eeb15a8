"""Mistakes in tools that the schema cannot express."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import declared_tools
from .built_ins import BUILT_INS
from .declared_tools import Written, declared, get, mapping
from .diagnostics import Diagnostic, quote
from .mcp_names import ALL, llm_name
from .parameter_problems import parameter_problems
from .typos import closest
from .variable_uses import variables_of
from .yaml_source import Source


def tool_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield what is wrong with the tools of a profile, whose data may be of any shape."""
    data = source.data
    if not isinstance(data, dict):
        return
    yield from _taken(source)
    for tool in declared(data):
        yield from parameter_problems(source, tool)
        yield from _not_in_the_example(source, tool)
    yield from _unknown_variables(source)


def _taken(source: Source) -> Iterator[Diagnostic]:
    """Yield the tools of MCP servers that the llm would see under the name of another tool."""
    first: dict[str, list[str | int]] = {
        name: ["tools", name] for name in mapping(get(source.data, "tools"))
    }
    for written, where in declared_tools.of_servers(source.data):
        name = llm_name(written)
        if name in first:
            node, other = source.value(where), _place(source, first[name])
            line = source.line_in_words(other, node)
            message = f"the llm would see two tools {quote(name)}, and {line} has the first"
            hint = "leave one of the two out" if where[1] != first[name][1] else "keep one"
            yield source.at(node, "name-taken", message, hint, other=other)
        elif written != ALL:
            first[name] = where


def _place(source: Source, where: list[str | int]) -> Any:
    return source.value(where) if isinstance(where[-1], int) else source.key(where)


def _not_in_the_example(source: Source, tool: Written) -> Iterator[Diagnostic]:
    """Yield the keys of an answer, given to the llm or kept, that the example of one lacks."""
    response = mapping(tool.get("response"))
    if "example" not in response:
        return
    where: list[str | int] = [*tool.where, "response"]
    fields, saved = response.get("fields"), mapping(response.get("save"))
    keys = [
        *(([*where, "fields", n], key, _gives) for n, key in enumerate(_list(fields))),
        *(([*where, "save", name], key, _has) for name, key in saved.items()),
    ]
    other = source.key([*where, "example"])
    for place, key, is_in in keys:
        if isinstance(key, str) and not is_in(response["example"], key.split(".")):
            node = source.value(place)
            message = f"the example on {source.line_in_words(other, node)} has no {quote(key)}"
            close = closest(key, _paths(response["example"]))
            hint = f"did you mean {quote(close)}?" if close else "write it into the example"
            yield source.at(node, "bad-example", message, hint, other=other)


def _gives(value: Any, keys: list[str]) -> bool:
    """Tell whether an answer has what the llm is to be given, of a list in any of its entries."""
    if isinstance(value, list):
        return any(_gives(each, keys) for each in value)
    if not (isinstance(value, dict) and keys[0] in value):
        return False
    return not keys[1:] or _gives(value[keys[0]], keys[1:])


def _has(value: Any, keys: list[str]) -> bool:
    """Tell whether an answer has what a variable is to keep; a number is an entry of a list."""
    for key in keys:
        if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            return False
    return True


def _paths(value: Any, *above: str) -> Iterator[str]:
    """Yield the path of every key in nested data."""
    for key, inner in mapping(value).items():
        yield ".".join((*above, key))
        yield from _paths(inner, *above, key)


def _unknown_variables(source: Source) -> Iterator[Diagnostic]:
    """Yield the variables that tools require or save, and the profile does not declare."""
    known = variables_of(source.data)
    of_servers = (
        Written(name, ["mcp_servers", server, "tools", name], mapping(tool))
        for server, written in mapping(get(source.data, "mcp_servers")).items()
        for name, tool in mapping(get(written, "tools")).items()
    )
    for tool in (*declared(source.data), *of_servers):
        for path in (["requires"], ["response", "save"]):
            for name in mapping(tool.get(*path)):
                if name not in known and name.isidentifier():
                    yield _unknown_variable(source, [*tool.where, *path, name], known)


def _unknown_variable(source: Source, where: list[str], known: Mapping[str, Any]) -> Diagnostic:
    name = where[-1]
    close = closest(name, known)
    if name in BUILT_INS:
        message = f"{quote(name)} always has a value, and no tool gives it one"
        return source.at(source.key(where), "reserved-name", message, "take it out")
    hint = f"did you mean {quote(close)}?" if close else None
    hint = hint or f'declare it under "variables": {name}: {{type: string}}'
    message = f"there is no variable {quote(name)}"
    return source.at(source.key(where), "unknown-variable", message, hint)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
