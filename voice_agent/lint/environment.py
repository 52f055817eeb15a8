"""What a profile needs from the environment and does not find there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..format import models, needs
from ..format.diagnostics import Diagnostic
from ..format.loader import Checked
from ..format.plugins.problems import uses
from ..format.secret_errors import PREFIX, is_secret, placed, scalars
from ..format.variable_types import Unfit, read
from ..format.variable_uses import declared
from ..format.yaml_source import Source

_KIND = "unset-secret"
_WHERE = "put it into the file .env, or into the environment"


def with_unset(checked: Checked, environment: Mapping[str, str]) -> Checked:
    """Return what was found in a file, and what of its needs the environment does not have."""
    if checked.source is None or checked.profile is None:
        return checked
    source = checked.source
    found = [*_secrets(source, environment), *_keys(checked, source, environment)]
    found += _of_variables(source, environment)
    found += _of_plugins(source, environment)
    return replace(checked, diagnostics=tuple(sorted([*checked.diagnostics, *found])))


def _secrets(source: Source, environment: Mapping[str, str]) -> Iterator[Diagnostic]:
    for scalar in scalars(source.data):
        if not (scalar.open and isinstance(scalar.value, str) and "{{" in scalar.value):
            continue
        for token, place in placed(source, scalar):
            variable = str(token.name).removeprefix(PREFIX)
            if is_secret(token.name) and not environment.get(variable):
                yield source.at(place, _KIND, f"{variable} is not set", _WHERE)


def _of_variables(source: Source, environment: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Yield the variables that the environment has no value for, or one of another type."""
    for name, written in declared(source.data).items():
        where, _, own = str(written.get("from", "")).partition(".")
        if where != "env" or (not environment.get(own) and "default" in written):
            continue
        node = source.value(["variables", name, "from"])
        if not environment.get(own):
            yield source.at(node, _KIND, f"{own} is not set", _WHERE)
            continue
        try:
            read(environment[own], written.get("type", "string"), written.get("enum"))
        except Unfit as why:
            yield source.at(node, "wrong-value", f"{own}, as it is in the environment, {why}")


def _of_plugins(source: Source, environment: Mapping[str, str]) -> Iterator[Diagnostic]:
    for use in uses(source.data):
        for variable in needs.read_by(use):
            if not environment.get(variable):
                message = f"{variable} is not set, and this plugin reads it"
                node = source.value([*use.where, "plugin"])
                yield source.at(node, _KIND, message, _WHERE)


def _keys(checked: Checked, source: Source, environment: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Yield the keys that are missing for the first model on LiveKit Inference."""
    profile = checked.profile
    if profile is None or not (missing := needs.missing_keys(profile, environment)):
        return
    where = next(
        where
        for above, holder in models.holders(source.data)
        for role in models.ROLES
        for where, entry in models.entries(holder, role, above)
        if not (isinstance(entry, dict) and needs.has_its_keys(entry))
    )
    verb, hint = ("is", _WHERE) if len(missing) == 1 else ("are", _WHERE.replace("it", "them", 1))
    message = f"{' and '.join(missing)} {verb} not set, and this model is on LiveKit Inference"
    yield source.at(source.value(where), _KIND, message, hint)
