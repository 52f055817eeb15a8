"""Print the lowest version allowed of each package that we depend on, as constraints for pip."""

from __future__ import annotations

from importlib.metadata import requires

from packaging.requirements import Requirement


def main() -> None:
    """Print a line for each package of the base and of the extra `offline`."""
    for requirement in map(Requirement, requires("voice-agent") or ()):
        if requirement.marker and not requirement.marker.evaluate({"extra": "offline"}):
            continue
        for bound in requirement.specifier:
            if bound.operator in (">=", "~=", "=="):
                print(f"{requirement.name}=={bound.version}")


if __name__ == "__main__":
    main()
