"""What some tests need beside Python: where it is missing, they say so and how to get it."""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Callable
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import ROOT

# Where pip puts them; what tests have beside them is in tests/plugins.
PLUGINS = Path(sysconfig.get_path("purelib"), "livekit", "plugins")
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Where `npm install --prefix .lsp yaml-language-server` puts it.
_NODE_MODULES = ROOT / ".lsp" / "node_modules" / ".bin"


@dataclass(frozen=True)
class Part:
    """A program that Python's packages do not bring along."""

    name: str
    install: str
    find: Callable[[], str | None]

    def path(self) -> str:
        """Return where it is; skip the test where it is missing, or fail it if REQUIRE_ALL is 1."""
        if found := self.find():
            return found
        sentence = f"{self.name} is missing. Install it: {self.install}"
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(sentence, pytrace=False)
        pytest.skip(sentence)


def _chromium() -> str | None:
    return next(filter(None, map(shutil.which, _CHROMIUM)), None)


def _sound_server() -> str | None:
    return shutil.which("parec") and find_library("portaudio") and shutil.which("pulseaudio")


def _language_server() -> str | None:
    folder = Path(os.environ.get("YAML_LANGUAGE_SERVER") or _NODE_MODULES)
    return shutil.which("node") and shutil.which("yaml-language-server", path=folder)


def _mcp_server() -> str | None:
    found = _NODE_MODULES.parent / "@modelcontextprotocol/server-everything/dist/index.js"
    return str(found) if shutil.which("node") and found.exists() else None


def _mermaid() -> str | None:
    found = _NODE_MODULES.parent / "mermaid/dist/mermaid.min.js"
    return str(found) if found.exists() else None


def plugin(name: str) -> Part:
    """Return a plugin of LiveKit's, by the name of its module."""
    sentence = "pip install -e '.[plugins-for-tests]'"
    found = PLUGINS / name / "__init__.py"
    return Part(f"The plugin {name}", sentence, lambda: str(found) if found.exists() else None)


CHROMIUM = Part("Chromium", "apt install chromium", _chromium)
ESPEAK = Part("espeak-ng", "apt install espeak-ng", lambda: shutil.which("espeak-ng"))
LANGUAGE_SERVER = Part(
    "The YAML language server",
    "npm install --prefix .lsp yaml-language-server@1 (with Node.js)",
    _language_server,
)
OPENSSL = Part("OpenSSL", "apt install openssl", lambda: shutil.which("openssl"))
SOUND_SERVER = Part(
    "A sound server",
    "apt install libasound2-plugins libportaudio2 pulseaudio pulseaudio-utils",
    _sound_server,
)
MCP_SERVER = Part(
    "An MCP server",
    "npm install --prefix .lsp @modelcontextprotocol/server-everything (with Node.js)",
    _mcp_server,
)
MERMAID = Part("Mermaid", "npm install --prefix .lsp mermaid@11 (with Node.js)", _mermaid)
PRISM = Part(
    "Prism",
    "npm install --prefix .lsp @stoplight/prism-cli@5 (with Node.js)",
    lambda: shutil.which("node") and shutil.which("prism", path=_NODE_MODULES),
)
TMUX = Part("tmux", "apt install tmux", lambda: shutil.which("tmux"))
