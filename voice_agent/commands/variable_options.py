"""The option --var, which gives variables their values for a call on this machine."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from typing import Any

from ..errors import UsageError
from ..format.profile import Profile
from ..format.typos import closest
from ..format.variable_types import Unfit, read
from ..runtime.variables import GIVEN, Origins, Refused, Values
from .parser import Parser


def add_variable_option(parser: argparse.ArgumentParser) -> None:
    """Add the option --var; its value is a list of texts."""
    parser.add_argument(
        "--var",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the value of a variable, over its sample; may be given for each",
    )


def given(words: Sequence[str], profiles: Sequence[Profile]) -> dict[str, Any]:
    """Return the values that --var gives to variables of profiles, of the variables' types.

    Raises UsageError for a name that none of them declares, for a value of another type, and for a
    name that is there twice.
    """
    values: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not (equals and name):
            example = next((each for profile in profiles for each in profile.variables), "name")
            raise UsageError(f'--var is "{word}", and must be NAME=VALUE, as in {example}=Ada.')
        if name in values:
            raise UsageError(f'--var gives "{name}" twice. Keep one of the two.')
        values[name] = _value(name, text, profiles)
    return values


def taken_out(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what --var says in the arguments of a command, and the other arguments."""
    parser = Parser(add_help=False)
    add_variable_option(parser)
    options, rest = parser.parse_known_args(arguments)
    return options.var, rest


def use(words: Sequence[str], profiles: Sequence[Profile]) -> None:
    """Have the calls of this process, and of those that it starts, begin with these values.

    Raises UsageError for values as `given` does, and for a variable that has none at all.
    """
    values = given(words, profiles)
    for profile in profiles:
        try:
            Values(profile, Origins(given=values, samples=True))
        except Refused as why:
            lacking = str(why).partition(":")[0]
            raise UsageError(
                f'A call of the profile "{profile.name}" lacks a value. {why}. Give it a "sample" '
                f"in the profile, or one here: --var {lacking}=VALUE"
            ) from None
    os.environ[GIVEN] = json.dumps(values)


def _value(name: str, text: str, profiles: Sequence[Profile]) -> Any:
    declaring = [each for each in profiles if name in each.variables]
    if not declaring:
        raise UsageError(_undeclared(name, profiles))
    for profile in declaring:
        variable = profile.variables[name]
        try:
            value = read(text, variable.type, variable.enum)
        except Unfit as why:
            raise UsageError(f'--var {name} is "{text}", and {why}.') from None
    return value


def _undeclared(name: str, profiles: Sequence[Profile]) -> str:
    names = list(dict.fromkeys(each for profile in profiles for each in profile.variables))
    whose = f'The profile "{profiles[0].name}"' if len(profiles) == 1 else "None of the profiles"
    verb = "has no" if len(profiles) == 1 else "has a"
    if close := closest(name, names):
        return f'{whose} {verb} variable "{name}". Did you mean "{close}"?'
    rest = f"There are: {', '.join(names)}." if names else 'Declare it under "variables".'
    return f'{whose} {verb} variable "{name}". {rest}'
