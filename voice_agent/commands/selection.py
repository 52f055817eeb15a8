"""Which profiles a command is for: those that the operator names, or AGENT_PROFILE does."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import UsageError
from ..format import catalog
from ..format.diagnostics import InvalidProfile
from ..format.loader import examine_file, is_scenario_file
from ..format.profile import Profile
from .parser import program


def named(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """Return the profiles named as arguments or with --profile, else the one of AGENT_PROFILE.

    AGENT_PROFILE may stand in the environment or in `.env`. Raises UsageError where the arguments
    and --profile contradict each other.
    """
    option = profile_option(options)
    if option is None:
        return list(words) or _from_environment()
    if other := next((word for word in words if not _same(word, option)), None):
        raise UsageError(
            f'Name the profile once: --profile says "{option}", and beside it stands "{other}".'
        )
    return [option]


def profile_option(options: Sequence[str]) -> str | None:
    """Return what --profile says; raise UsageError where it is given twice for two profiles."""
    if other := next((each for each in options if not _same(each, options[0])), None):
        raise UsageError(
            f'Name the profile once: --profile says "{options[0]}", and again "{other}".'
        )
    return options[0] if options else None


def files(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the files of profiles that words name, and a sentence on each word that names none.

    A word is a path, a name, or a folder with all that is below it.
    """
    found: dict[str, None] = {}
    complaints: list[str] = []
    for word in words:
        try:
            several = _below(word, complaints) if _is_folder(word) else [str(catalog.find(word))]
            found |= dict.fromkeys(several)
        except UsageError as error:
            complaints.append(str(error))
    return list(found), complaints


def profiles(words: Sequence[str]) -> list[Profile]:
    """Load the profiles that words name; what else is in a folder is passed over.

    Raises UsageError for a word without any, and InvalidProfile with what is wrong with all.
    """
    found, complaints = files(words)
    singly, _ = files([word for word in words if not _is_folder(word)])
    checked = {file: examine_file(file) for file in found}
    shared = [file for file, each in checked.items() if each.kind == "shared part"]
    checked = {file: checked[file] for file in found if file in singly or file not in shared}
    if shared and not checked:
        complaints.append(
            f'There are no profiles in "{Path(shared[0]).parent}", only parts that profiles share: '
            'their names begin with "_".'
        )
    alone = [
        file for file, each in checked.items() if each.source and is_scenario_file(each.source)
    ]
    complaints += [
        f'"{file}" has calls and no profile. Play them to one: '
        f"{program()} rehearse PROFILE --scenarios {file}"
        for file in alone
        if file in singly or alone == [*checked]
    ]
    if complaints:
        raise UsageError("\n".join(complaints))
    examined = [each for file, each in checked.items() if file not in alone]
    if any(each.profile is None for each in examined):
        problems = dict.fromkeys(problem for each in examined for problem in each.diagnostics)
        texts = {path: text for each in examined for path, text in each.sources.items()}
        raise InvalidProfile(problems, texts)
    return [each.profile for each in examined if each.profile]


def _from_environment() -> list[str]:
    if catalog.PROFILE_VARIABLE not in os.environ and Path(".env").exists():
        from ..runtime import environment  # here, as most who check profiles have no such file

        environment.read_dotenv()
    name = os.environ.get(catalog.PROFILE_VARIABLE)
    return [name] if name else []


def _same(word: str, other: str) -> bool:
    """Tell whether two words name one profile."""
    if word == other:
        return True
    try:
        return catalog.find(word).resolve() == catalog.find(other).resolve()
    except (UsageError, OSError):
        return False


def _is_folder(word: str) -> bool:
    # A folder called desk.yaml is what a container makes of a file that it cannot mount.
    return word != "" and Path(word).is_dir() and not word.endswith(catalog.SUFFIXES)


def _below(folder: str, complaints: list[str]) -> Iterator[str]:
    """Yield the profiles in a folder and below it, except in hidden folders."""
    refused = len(complaints)

    def refuse(error: OSError) -> None:
        complaints.append(f'The folder "{error.filename}" cannot be read: {error.strerror}.')

    empty = True
    for here, folders, names in os.walk(folder, onerror=refuse):
        names += (each for each in folders if each.endswith(catalog.SUFFIXES))
        folders[:] = sorted(each for each in folders if each[0] != "." and each not in names)
        for name in sorted(names):
            if name.endswith(catalog.SUFFIXES) and name[0] != ".":
                empty = False
                yield str(Path(here, name))
    if empty and len(complaints) == refused:
        raise UsageError(f'There are no profiles in "{folder}": no file ends in .yaml or .yml.')
