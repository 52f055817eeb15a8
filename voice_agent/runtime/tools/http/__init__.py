"""Tools that send an HTTP request."""

from .client import Answer, send
from .exchange import Exchange
from .failures import Failed, Unsendable
from .in_call import requested
from .request import Request, build

__all__ = ["Answer", "Exchange", "Failed", "Request", "Unsendable", "build", "requested", "send"]
