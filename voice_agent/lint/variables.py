"""Warnings on variables and on what the agent knows by heart."""

from __future__ import annotations

from collections.abc import Iterator

from ..format.built_ins import RESERVED
from ..format.diagnostics import Diagnostic, quote
from ..format.knowledge import known_texts
from ..format.prompt import tokens_in
from ..format.secret_errors import scalars
from ..format.templates import tokens
from ..format.variable_uses import declared, names_written
from ..format.yaml_source import Source

_MUCH = 20_000
"""Characters of all files together that are sent with every request to the llm."""


def variable_warnings(source: Source) -> Iterator[Diagnostic]:
    """Yield the variables that nothing uses."""
    used = {
        token.name
        for scalar in scalars(source.data)
        if scalar.template and isinstance(scalar.value, str) and "{{" in scalar.value
        for token in tokens(scalar.value)
    }
    needed = {each.name for each in names_written(source.data) if not each.sets}
    for name in declared(source.data):
        is_name = name.isidentifier() and name not in RESERVED
        if is_name and name not in used and name not in needed:
            message = f"nothing uses the variable {quote(name)}"
            hint = f"write {{{{ {name} }}}} where it is needed, or take it out"
            key = source.key(["variables", name])
            yield source.at(key, "unused-variable", message, hint, severity="warning")


def knowledge_warnings(source: Source) -> Iterator[Diagnostic]:
    """Yield a warning where the files that the agent knows are long."""
    texts = {where: text for where, text in known_texts(source).items() if where[0] == "knowledge"}
    length = sum(map(len, texts.values()))
    if length <= _MUCH:
        return
    count = tokens_in("".join(texts.values()))
    message = f"these files have {length:,} characters, some {count:,} tokens, which the llm reads "
    message += "again for every answer"
    hint = "that takes time and money: keep what callers ask for, and have a tool look up the rest"
    key = source.key(["knowledge"])
    yield source.at(key, "large-knowledge", message, hint, severity="warning")
