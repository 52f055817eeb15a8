"""What is wrong with a {{ name }} in a profile, and what to write instead.

Which names may stand at a place, the schema says: variables by `x-template`, secrets by
`x-secrets`, both of which hold for all that is below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .built_ins import BUILT_INS
from .diagnostics import quote
from .templates import Token
from .typos import closest

PREFIX = "secrets."
ORIGINS = ("metadata", "attributes", "env")

_ENVIRONMENT = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9_]*$")
_BRACES = "\\{{ for the two braces themselves"
_LOGIC = re.compile(r"[#/^%@!>&]|(?:if|elif|else|endif|for|each|unless|case|when|end)\b")
WHY = "what stands here is read by the llm, heard by callers, or shown in reports"
"""Why no secret may stand in a text."""


class Problem(NamedTuple):
    """What is wrong with a token: its kind, a message, and what to write instead."""

    kind: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a profile gives a meaning to: those of its variables, as it declares them.

    `parameters` are those of the tool that a template is in.
    """

    declared: Mapping[str, Any] = field(default_factory=dict)
    parameters: frozenset[str] = frozenset()

    def __contains__(self, name: object) -> bool:
        return name in self.declared or name in self.parameters or name in BUILT_INS

    def close_to(self, name: str) -> str | None:
        """Return the name that a misspelt one stands for."""
        return closest(name, [*self.declared, *self.parameters, *BUILT_INS])


def problem(
    token: Token, names: Names, place: str, *, variables: bool, secrets: bool
) -> Problem | None:
    """Return what is wrong with a token; None where its name may stand there.

    `place` is how a message calls the value that it is in.
    """
    name = token.name
    if is_secret(name) and not secrets:
        return Problem("secret-in-text", f"{place} is no place for a secret: {WHY}", "")
    if not (variables or secrets):
        return _nothing_here(name, names, place)
    if name is None:
        return Problem("template", "these braces are never closed", f"write }}}}, or {_BRACES}")
    if not name:
        example = "{{ secrets.NAME }}" if not variables else "{{ name }}"
        message = "there is no name between these braces"
        return Problem("template", message, f"write {example}, or {_BRACES}")
    if is_secret(name) and secrets:
        return _of_secret(token, name)
    if not variables:
        return _no_variable_here(token, name, names, place)
    if not token.is_name:
        return Problem(
            "template", f"{quote(name)} is no name that may stand here", _said(name, names)
        )
    if name in names:
        return None
    return _of_environment(name) if secrets and _ENVIRONMENT.search(name) else _unknown(name, names)


def is_secret(name: str | None) -> bool:
    """Tell whether the name in a template is that of a secret, as it stands or nearly."""
    return name is not None and re.match(r"secrets?\b", name) is not None


def declaration(name: str, origin: str | None = None) -> str:
    """Return the line that declares a variable, to be pasted under `variables`."""
    source = f"from: {origin}" if origin else f"from: metadata.{name}"
    return f"{name}: {{{source}}}"


def _of_secret(token: Token, name: str) -> Problem | None:
    if token.is_name and re.fullmatch(rf"{re.escape(PREFIX)}\w+", name):
        return None
    meant = re.match(r"secrets?\W+([\w-]+)", name)
    variable = meant[1].replace("-", "_") if meant else "NAME"
    message = f"{quote(name)} is no name that may stand here"
    return Problem("template", message, f"did you mean {{{{ secrets.{variable} }}}}?")


def _no_variable_here(token: Token, name: str, names: Names, place: str) -> Problem:
    if _ENVIRONMENT.search(name) and name not in names:
        return _of_environment(name)
    hint = "only secrets are filled in here: {{ secrets.NAME }} is the variable NAME of the "
    hint += "environment"
    message = f"{quote(name)} is no name that may stand here"
    if name in names:
        message = f"{place} is no place for a variable"
    return Problem("template", message, hint)


def _of_environment(name: str) -> Problem:
    """Return the problem of a name in capital letters, where a secret may stand."""
    variable = re.split(r"\W+", name.strip("$ "))[-1]
    message = f"{quote(name)} is no name that may stand here"
    hint = f"did you mean {{{{ secrets.{variable} }}}}, the variable of the environment?"
    return Problem("template", message, hint)


def _nothing_here(name: str | None, names: Names, place: str) -> Problem | None:
    """Return a problem for a name that is known, where nothing is filled in."""
    if name is None or name not in names:
        return None
    message = f"{place} is no place for a variable: nothing is filled in here"
    return Problem("template", message, f"take it out, or write {_BRACES}")


def _unknown(name: str, names: Names) -> Problem:
    message = f"there is no variable {quote(name)}"
    where, _, path = name.partition(".")
    if where in ORIGINS and path:
        of_origin = (
            each
            for each, variable in names.declared.items()
            if isinstance(variable, dict) and variable.get("from") == name
        )
        if declared := next(of_origin, None):
            return Problem(
                "unknown-variable", message, f"write {{{{ {declared} }}}}, which is from there"
            )
        own = re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", path)).lower()
        hint = f'declare it under "variables" with {quote(declaration(own, name))}, and write '
        return Problem("unknown-variable", message, f"{hint}{{{{ {own} }}}} here")
    if part := next((each for each in names.declared if each.startswith(f"{name}.")), None):
        return Problem("unknown-variable", message, f"name a part of it, as in {{{{ {part} }}}}")
    if close := names.close_to(name):
        return Problem("unknown-variable", message, f"did you mean {{{{ {close} }}}}?")
    own = name.replace(".", "_")
    hint = f'declare it under "variables", as in {quote(declaration(own))}'
    hint += f", and write {{{{ {own} }}}} here" if own != name else ""
    return Problem("unknown-variable", message, hint)


def _said(name: str, names: Names) -> str:
    """Return what to write for what stands in braces and is no name."""
    first = re.split(r"\s*\|", name)[0].strip("\"' ")
    if "|" in name:
        written = f"{{{{ {first} }}}}" if re.fullmatch(r"[\w.]+", first) else "{{ name }}"
        return f'there are no filters: write {written}, and give the variable a "default"'
    if _LOGIC.match(name):
        hint = "there are no conditions and no loops: say in words what holds when"
        return f"{hint}, or write {_BRACES}"
    own = re.sub(r"\W+", "_", name).strip("_")
    if own in names and own != name:
        return f"did you mean {{{{ {own} }}}}?"
    form = 'a name has letters from a to z, digits and "_", as {{ customer_name }} has'
    return f"{form}; or write {_BRACES}"
