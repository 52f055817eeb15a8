"""Warnings on the texts of tools: what an llm cannot tell apart, or does not find in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..format import declared_tools
from ..format.declared_tools import RESERVED, declared, get, mapping, texts
from ..format.diagnostics import Diagnostic, quote
from ..format.yaml_source import Source
from .tool_names import missing

_FEWEST_WORDS = 3
_LONGEST = 1000  # characters, beyond which models heed a description less

# A word; in scripts without spaces, a character may be one.
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\w+")
_MODALITIES = ("common", "audio", "text")
_TO_THE_LLM = ("description", "on_error", "requires", "instructions", "on_failure", "when")


def tool_texts(source: Source) -> Iterator[Diagnostic]:
    """Yield the warnings on what is said of tools in a profile, valid or not."""
    yield from _descriptions(source)
    yield from _twins(source, "tools", "description", "two tools")
    where = ["tools", "transfer_call", "destinations"]
    yield from _twins(source, ".".join(where), "when", "two destinations")
    yield from _undescribed(source)
    yield from _not_here(source)


def _descriptions(source: Source) -> Iterator[Diagnostic]:
    for tool in declared(source.data):
        text, where = tool.get("description"), [*tool.where, "description"]
        if not isinstance(text, str) or not text.strip():
            continue
        if len(_WORD.findall(text)) < _FEWEST_WORDS:
            message = f"{quote(text.strip())} hardly tells the llm when to call {quote(tool.name)}"
            hint = "write a sentence: what it does, and when"
            yield _warning(source, where, "vague-description", message, hint)
        elif len(text) > _LONGEST:
            message = f"this description has {len(text):,} characters, and the llm reads it before "
            message += "every answer"
            hint = "keep to what it does and when to call it, and move the rest to instructions"
            yield _warning(source, where, "long-description", message, hint)


def _twins(source: Source, path: str, key: str, what: str) -> Iterator[Diagnostic]:
    """Yield the texts under `key` that an llm cannot tell from an earlier one."""
    seen: dict[tuple[str, ...], list[str]] = {}
    above = path.split(".")
    for name, each in mapping(get(source.data, *above)).items():
        text, where = get(each, key), [*above, name, key]
        if name in RESERVED or not isinstance(text, str):
            continue
        words = tuple(_WORD.findall(text.lower()))
        if words and words in seen:
            node, other = source.value(where), source.key(seen[words])
            line = source.line_in_words(other, node)
            message = f"{line} says the same, so the llm cannot tell {what} apart"
            hint = "say in each what the other is not for"
            yield source.at(
                node, "twin-descriptions", message, hint, severity="warning", other=other
            )
        seen.setdefault(words, where)


def _undescribed(source: Source) -> Iterator[Diagnostic]:
    for tool in declared(source.data):
        parameters = mapping(tool.get("parameters"))
        if isinstance(parameters.get("type"), str):
            continue  # They are all in one schema, which is an error.
        for name, schema in parameters.items():
            if not isinstance(schema, dict) or {"value", "description", "enum"} & {*schema}:
                continue
            message = f"nothing tells the llm what {quote(name)} is"
            hint = "add a description"
            where = [*tool.where, "parameters", name]
            yield source.at(source.key(where), "no-description", message, hint, severity="warning")


def _not_here(source: Source) -> Iterator[Diagnostic]:
    """Yield the names of tools in texts for the llm that the agent does not have."""
    data = source.data
    tools = declared_tools.names(data)
    anything = declared_tools.has_unknown(data)
    reserved = [name for name in RESERVED if name not in tools]
    others = _other_names(data)
    for where, text in _read_by_llm(data):
        for found in missing(text, tools, others, reserved, slips_only=anything):
            node = source.value(where)
            place = next(source.find(re.escape(found.name), node), node)
            if found.meant:
                hint = f"did you mean {quote(found.meant)}?"
            elif found.name in RESERVED:
                hint = f'add it to "tools": {found.name}:'
            else:
                hint = 'declare it under "tools", or take its name out'
            message = f"the agent has no tool {quote(found.name)}"
            yield source.at(place, "tool-not-here", message, hint, severity="warning")


def _read_by_llm(data: Any) -> Iterator[tuple[list[str | int], str]]:
    """Yield the texts that the llm reads, each with its path."""
    written = get(data, "instructions")
    if isinstance(written, str):
        yield ["instructions"], written
    for key in _MODALITIES:
        if isinstance(text := get(written, key), str):
            yield ["instructions", key], text
    if isinstance(text := get(data, "on_enter", "instructions"), str):
        yield ["on_enter", "instructions"], text
    for name, tool in mapping(get(data, "tools")).items():
        for key in _TO_THE_LLM:
            yield from texts(get(tool, key), ["tools", name, key])
        for key, each in mapping(get(tool, "destinations")).items():
            yield from texts(get(each, "when"), ["tools", name, "destinations", key, "when"])


def spoken(data: Any) -> list[list[str | int]]:
    """Return the paths of the texts that tools say word for word, where callers may cut in.

    What is said before a transfer is heard to its end in any case.
    """
    found: list[list[str | int]] = []
    for name, tool in mapping(get(data, "tools")).items():
        where: list[str | int] = ["tools", name]
        filler = get(tool, "filler")
        if isinstance(filler, str | list):
            found += [place for place, _ in texts(filler, [*where, "filler"])]
        found += [place for place, _ in texts(get(filler, "say"), [*where, "filler", "say"])]
        if name != "transfer_call":
            found += [place for place, _ in texts(get(tool, "say"), [*where, "say"])]
        for key, choice in mapping(get(tool, "switch")).items():
            found += [
                place for place, _ in texts(get(choice, "say"), [*where, "switch", key, "say"])
            ]
    return found


def _other_names(data: Any) -> set[str]:
    """Return the names in a profile of what is no tool."""
    found = {*mapping(get(data, "variables"))}
    found |= {*mapping(get(data, "tools", "transfer_call", "destinations"))}
    for tool in declared(data):
        parameters = mapping(tool.get("parameters"))
        found |= {*parameters, *mapping(tool.get("switch"))}
        for schema in parameters.values():
            choices = get(schema, "enum")
            found |= {each for each in _list(choices) if isinstance(each, str)}
        found |= {*_keys(tool.get("response", "example"))}
        if isinstance(method := tool.get("rpc", "method"), str):
            found.add(method)
    return found


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for each in value.values() if isinstance(value, dict) else _list(value):
        yield from _keys(each)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _warning(source: Source, where: list[str], kind: str, message: str, hint: str) -> Diagnostic:
    return source.at(source.value(where), kind, message, hint, severity="warning")
