"""The set of profiles, and how one is found by path or by name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import UsageError
from .loader import load
from .profile import Profile
from .typos import closest

_CHECKOUT = Path(__file__).resolve().parents[2]
SHIPPED = _CHECKOUT / "profiles" if (_CHECKOUT / "agent.py").is_file() else None
"""The profiles beside agent.py; None where the package was installed without it."""

_EXAMPLES = SHIPPED or Path(__file__).parents[1] / "profiles"
"""The profiles that `new` can start from, which an installed package has too."""

SUFFIXES = (".yaml", ".yml")
PROFILE_VARIABLE = "AGENT_PROFILE"


def folder() -> Path:
    """Return the folder of profiles: `profiles/` in the working directory, else SHIPPED.

    Its path is relative where it is below the working directory. It may not exist yet.
    """
    here = Path("profiles")
    if SHIPPED is None or here.is_dir():
        return here
    try:
        return SHIPPED.relative_to(Path.cwd())
    except (OSError, ValueError):  # The working directory has been removed, or is elsewhere.
        return SHIPPED


def names() -> list[str]:
    """Return the names of the profiles in `folder()`."""
    return list(by_name())


def find(name_or_path: str, among: Mapping[str, Path] | None = None) -> Path:
    """Return the file of a profile; raise UsageError with the names that exist if it is missing.

    A path has a separator in it or ends in .yaml or .yml, and is relative to the working
    directory. Anything else is a name of those `among`, by default of those in `folder()`.
    """
    among = by_name() if among is None else among
    if _is_path(name_or_path):
        if path := yaml_file(name_or_path, "A profile is"):
            return path
        missing = f'There is no file "{name_or_path}".'
    # Looked up in the listing, so that no name can reach outside the folder.
    elif found := among.get(name_or_path):
        return found
    else:
        missing = f'There is no profile "{name_or_path}".'
    raise UsageError(_missing(missing, Path(name_or_path).stem, list(among)))


def load_chosen(name: str | None = None) -> Profile:
    """Load the profile `name` (a path or a name in `folder()`), by default AGENT_PROFILE's.

    Raises UsageError where none is named or found, InvalidProfile where it is wrong.
    """
    if name is None:
        name = os.environ.get(PROFILE_VARIABLE)
    if not name:
        raise UsageError(nothing_named())
    return load(find(name))


def yaml_file(name: str, what_is: str) -> Path | None:
    """Return the path of a YAML file, or None if it does not exist.

    Raises UsageError for a name that does not end in .yaml or .yml.
    """
    path = Path(name)
    if path.suffix not in SUFFIXES:
        # Diagnostics quote lines, and those of other files may be secret.
        raise UsageError(f'{what_is} a .yaml or .yml file, and "{name}" is not.')
    return path if os.path.lexists(path) else None


def _is_path(text: str) -> bool:
    return "/" in text or os.sep in text or text.endswith(SUFFIXES)


def by_name() -> dict[str, Path]:
    """Return the files of the profiles in `folder()`, in the order of their names.

    Parts that profiles share, whose names begin with "_", are none, nor are hidden files.
    """
    return _listed(folder())


def to_begin_with() -> dict[str, Path]:
    """Return the files of the profiles that are shipped and of those in `folder()`, by name."""
    return dict(sorted({**_listed(_EXAMPLES), **by_name()}.items()))


def _listed(profiles: Path) -> dict[str, Path]:
    if not profiles.is_dir():
        return {}
    try:
        listed = list(profiles.iterdir())
    except OSError as error:
        raise UsageError(f'The folder "{profiles}" cannot be read: {error.strerror}.') from None
    files = [each for each in listed if each.suffix in SUFFIXES and each.stem[0] not in "._"]
    # Of desk.yaml and desk.yml, the first counts.
    found = {each.stem: each for each in sorted(files, reverse=True)}
    return dict(sorted(found.items()))


def known() -> str:
    """Return a sentence with the names that exist."""
    return _known(names())


def _known(names: Sequence[str]) -> str:
    return f"The profiles are: {', '.join(names)}." if names else nothing_there()


def nothing_named() -> str:
    """Return the sentences for a command that is for a profile, where none was named."""
    return f"No profile was named. Add --profile NAME, or set {PROFILE_VARIABLE}. {known()}"


def nothing_there() -> str:
    """Return a sentence that says where there are no profiles."""
    try:
        return f"There are no profiles in {folder().absolute()}."
    except OSError:
        return "The working directory has been removed, with all profiles. Change to another."


def _missing(sentence: str, name: str, names: Sequence[str]) -> str:
    if close := closest(name, names):
        sentence += f' Did you mean "{close}"?'
    return f"{sentence} {_known(names)}"
