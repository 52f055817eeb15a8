"""Warnings on the texts of tools: what an llm cannot tell apart, or does not find in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..format.declared_tools import declared, get, mapping, texts
from ..format.diagnostics import Diagnostic, quote
from ..format.yaml_source import Source

FEWEST_WORDS = 3
LONGEST = 1000  # characters, beyond which models heed a description less
# A word; in scripts without spaces, a character may be one.
WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\w+")


def tool_texts(source: Source) -> Iterator[Diagnostic]:
    """Yield the warnings on what is said of tools in a profile, valid or not."""
    yield from _descriptions(source)
    yield from _undescribed(source)


def _descriptions(source: Source) -> Iterator[Diagnostic]:
    for tool in declared(source.data):
        text, where = tool.get("description"), [*tool.where, "description"]
        if not isinstance(text, str) or not text.strip():
            continue
        if len(WORD.findall(text)) < FEWEST_WORDS:
            message = f"{quote(text.strip())} hardly tells the llm when to call {quote(tool.name)}"
            hint = "write a sentence: what it does, and when"
            yield _warning(source, where, "vague-description", message, hint)
        elif len(text) > LONGEST:
            message = f"this description has {len(text):,} characters, and the llm reads it before "
            message += "every answer"
            hint = "keep to what it does and when to call it, and move the rest to instructions"
            yield _warning(source, where, "long-description", message, hint)


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


def _warning(source: Source, where: list[str], kind: str, message: str, hint: str) -> Diagnostic:
    return source.at(source.value(where), kind, message, hint, severity="warning")
