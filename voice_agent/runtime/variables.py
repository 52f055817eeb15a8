"""The values that a profile's variables have in one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..format.profile import Profile
from ..format.templates import render
from ..format.tools import UNSET


class Values:
    """The values of one call: those `given`, or else the samples and the defaults."""

    def __init__(self, profile: Profile, given: Mapping[str, Any] | None = None) -> None:
        self._values = {
            name: value
            for name, variable in profile.variables.items()
            for value in (variable.sample if variable.sample is not UNSET else variable.default,)
            if value is not UNSET
        }
        self._values.update(given or {})

    def is_set(self, name: str) -> bool:
        """Tell whether a variable has a value."""
        return name in self._values

    def get(self, name: str) -> Any:
        """Return the value of a variable; raise KeyError where it has none."""
        return self._values[name]

    def save(self, name: str, value: Any) -> None:
        """Give a variable a value for the rest of the call."""
        self._values[name] = value

    def render(self, data: Any) -> Any:
        """Return nested data with values in place of its templates."""
        return render(data, self.get)
