"""Names of variables where a profile says which models run, and where they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from operator import getitem

from .diagnostics import Diagnostic, quote
from .models import ROLES
from .secret_errors import Scalar, placed, scalars
from .template_errors import is_secret
from .value_errors import named
from .variable_uses import variables_of
from .yaml_source import Source

_ADDRESS = re.compile(r"(?:^|_)(?:url|uri|host|endpoint|address|domain|server)$")
# All before a path: the scheme, and what has been written of the host.
_IN_HOST = re.compile(r"(?:\w+:)?(?://)?[^/?#]*")


def model_template_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield the variables that would choose a model, or the host that its key is sent to."""
    for scalar in scalars(source.data):
        is_text = isinstance(scalar.value, str) and "{{" in scalar.value
        if is_text and scalar.template and any(each in ROLES for each in scalar.where):
            yield from _of_a_host(source, scalar)
            yield from _of_a_name(source, scalar)


def _of_a_host(source: Source, scalar: Scalar) -> Iterator[Diagnostic]:
    key = str(scalar.where[-1])
    if not (_ADDRESS.search(key.lower()) or "://" in scalar.value):
        return
    variables = variables_of(source.data)
    for token, place in placed(source, scalar):
        variable = variables.get(token.name or "")
        if not isinstance(variable, dict) or is_secret(token.name):
            continue
        is_ours = str(variable.get("from", "")).startswith("env.")
        if not is_ours and _IN_HOST.fullmatch(scalar.value[: token.start]):
            name = quote(token.name or "")
            message = f"whoever brings {name} would choose the host of this model"
            hint = "write the host itself, or take it from the environment: from: env.NAME"
            yield source.at(place, "template-in-host", message, hint)


def _of_a_name(source: Source, scalar: Scalar) -> Iterator[Diagnostic]:
    *above, key = scalar.where
    holder = reduce(getitem, above, source.data)
    is_name = key == "model" or key in ROLES or isinstance(key, int)
    if not is_name or (isinstance(holder, dict) and "plugin" in holder):
        return
    colon = scalar.value.rfind(":")
    for token, place in placed(source, scalar):
        if colon < 0 or token.start < colon:
            message = f"{named(scalar.where)} must name the model itself"
            hint = "only what stands after the colon, or in another option, may be a variable"
            yield source.at(place, "template", message, hint)
