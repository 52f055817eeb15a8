"""Secrets that are written into a profile, where they should be named."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..format.credentials import is_literal, known, may_be_in, takes_secret
from ..format.diagnostics import Diagnostic, quote
from ..format.hiding import content
from ..format.plugins.problems import uses
from ..format.plugins.variables import variables
from ..format.secret_errors import Scalar, scalars
from ..format.value_errors import named
from ..format.yaml_source import Source

_KIND = "secret-in-file"
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?|([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)")


def written_secrets(source: Source) -> Iterator[Diagnostic]:
    """Yield a warning for each secret that stands in the file, and for each name that is none."""
    if not any(map(may_be_in, source.texts.values())):
        return
    for scalar in scalars(source.data):
        if not scalar.open or not isinstance(scalar.value, str | int | float):
            continue
        key = next((each for each in reversed(scalar.where) if isinstance(each, str)), "")
        text = str(scalar.value)
        node = source.value(scalar.where)
        if takes_secret(key) and (name := _VARIABLE.fullmatch(text)):
            message = f"nothing fills in {quote(text)}, and it is sent as it stands"
            hint = f"write {{{{ secrets.{name[1] or name[2]} }}}}"
            yield source.at(node, "placeholder", message, hint, severity="warning")
        elif takes_secret(key) and is_literal(key, scalar.value):
            message = f"{named(scalar.where)} is written into the file, for all who can read it"
            hint = _instead(_variable(source, scalar))
            yield source.at(content(source, node), _KIND, message, hint, severity="warning")
        elif isinstance(scalar.value, str):
            yield from _within(source, scalar)


def _within(source: Source, scalar: Scalar) -> Iterator[Diagnostic]:
    """Yield a warning for each known provider's key within a text."""
    node = source.value(scalar.where)
    for start, end in known(scalar.value):
        place = next(source.find(re.escape(scalar.value[start:end]), node), node)
        message = "this looks like a secret, for all who can read the file"
        hint = _instead(_variable(source, scalar))
        yield source.at(place, _KIND, message, hint, severity="warning")


def _instead(variable: str) -> str:
    return f"write {{{{ secrets.{variable} }}}}, and put {variable}=… into the file .env"


def _variable(source: Source, scalar: Scalar) -> str:
    """Return the variable that a plugin itself reads for an option, or else a name like it."""
    key = next((each for each in reversed(scalar.where) if isinstance(each, str)), "secret")
    plugin = ""
    for use in uses(source.data):
        if scalar.where[: len(use.where)] == use.where:
            plugin = use.plugin
            for each in variables(use.name, use.role):
                if each.option == key:
                    return each.name
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", f"{plugin}_{key}")
    return re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").upper()
