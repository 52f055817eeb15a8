"""The set of profiles, and how one is found by path or by name."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import UsageError
from .loader import load
from .profile import Profile
from .typos import closest

_CHECKOUT = Path(__file__).resolve().parents[2]
# The folder that holds agent.py; where the package was installed without it, the working directory.
ROOT = _CHECKOUT if (_CHECKOUT / "agent.py").is_file() else Path.cwd()
PROFILES = ROOT / "profiles"

SUFFIXES = (".yaml", ".yml")
PROFILE_VARIABLE = "AGENT_PROFILE"


def names() -> list[str]:
    """The names of the profiles in PROFILES."""
    return list(by_name())


def find(name_or_path: str) -> Path:
    """The file of a profile; raises UsageError with the names that exist where there is none.

    A path has a separator in it or ends in .yaml or .yml, and is relative to the working
    directory. Anything else is a name in PROFILES.
    """
    if _is_path(name_or_path):
        if path := yaml_file(name_or_path, "A profile is"):
            return path
        raise UsageError(_missing(f'There is no file "{name_or_path}".', Path(name_or_path).stem))
    # Looked up in the listing, so that no name can reach outside the folder.
    if found := by_name().get(name_or_path):
        return found
    raise UsageError(_missing(f'There is no profile "{name_or_path}".', name_or_path))


def load_chosen(name: str | None = None) -> Profile:
    """Load the profile `name` (a path or a name in PROFILES), by default AGENT_PROFILE's.

    Raises UsageError where none is named or found, InvalidProfile where it is wrong.
    """
    name = name or os.environ.get(PROFILE_VARIABLE)
    if not name:
        raise UsageError(
            f"No profile was named. Add --profile NAME, or set {PROFILE_VARIABLE}. {known()}"
        )
    return load(find(name))


def yaml_file(name: str, what_is: str) -> Path | None:
    """The path of a YAML file, None where there is none; raises UsageError for another file."""
    path = Path(name)
    if path.suffix not in SUFFIXES:
        # Diagnostics quote lines, and those of other files may be secret.
        raise UsageError(f'{what_is} a .yaml or .yml file, and "{name}" is not.')
    return path if os.path.lexists(path) else None


def _is_path(text: str) -> bool:
    return "/" in text or os.sep in text or text.endswith(SUFFIXES)


def shown_folder() -> Path:
    """PROFILES as it is shown: from the working directory, where it is below it."""
    here = Path.cwd()
    return PROFILES.relative_to(here) if PROFILES.is_relative_to(here) else PROFILES


def by_name() -> dict[str, Path]:
    """The profiles in PROFILES, in the order of their names."""
    if not PROFILES.is_dir():
        return {}
    folder = shown_folder()
    try:
        listed = list(folder.iterdir())
    except OSError as error:
        raise UsageError(f'The folder "{folder}" cannot be read: {error.strerror}.') from None
    files = [each for each in listed if each.suffix in SUFFIXES and each.stem[0] != "."]
    # Of desk.yaml and desk.yml, the first counts.
    found = {each.stem: each for each in sorted(files, reverse=True)}
    return dict(sorted(found.items()))


def known() -> str:
    """A sentence with the names there are."""
    if not names():
        return f"There are no profiles in {PROFILES}."
    return f"The profiles are: {', '.join(names())}."


def _missing(sentence: str, name: str) -> str:
    if close := closest(name, names()):
        sentence += f' Did you mean "{close}"?'
    return f"{sentence} {known()}"
