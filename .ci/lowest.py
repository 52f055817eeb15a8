"""Print the lowest version allowed of each package that we depend on, as constraints for pip."""

from __future__ import annotations

from importlib.metadata import requires

from packaging.requirements import Requirement

_EXTRAS = ("offline", "mcp", "plugins-for-tests")


def main() -> None:
    """Print a line for each package of the base, and of the extras whose versions matter."""
    for requirement in map(Requirement, requires("voice-agent") or ()):
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": each}) for each in _EXTRAS):
            continue
        for bound in requirement.specifier:
            if bound.operator in (">=", "~=", "=="):
                print(f"{requirement.name}=={bound.version}")


if __name__ == "__main__":
    main()
