"""A plugin as LiveKit's own are, which only tests have: its options are never those of a newer one.

It fails to be imported wherever it should only be read.
"""

import os

if os.environ.get("TOONS") != "imported":
    raise SystemExit("This plugin was imported where it should have been read.")

from livekit.agents import Plugin

from . import realtime
from .models import LLM, STT, TTS, Adapter, AvatarSession, Loose, Quiet

__all__ = ["LLM", "STT", "TTS", "Adapter", "AvatarSession", "Loose", "Quiet", "realtime"]


class ToonsPlugin(Plugin):
    def __init__(self) -> None:
        super().__init__(__name__, "1.0", __package__ or __name__)

    def download_files(self) -> None:
        print("Toons downloads its files.")


Plugin.register_plugin(ToonsPlugin())
