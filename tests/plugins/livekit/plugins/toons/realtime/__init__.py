from .model import RealtimeModel

__all__ = ["RealtimeModel"]
