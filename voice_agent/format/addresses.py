"""Addresses that a profile may have called: what a url may be, and which IP addresses are reached.

A tool sends what callers said to where its url says, from inside the network of whoever runs the
agent. So neither a caller nor a name server may choose a host, or lead to one that is not public.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from .templates import tokens

_SCHEME = re.compile(r"(?i)(https?)://")
_ANY_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST_NAME = 253
# Browsers and servers read these in more ways than one, or not at all.
_FORBIDDEN = re.compile(
    r"[\x00-\x20\x7f-\xa0\\{}\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000]"
)

# Where clouds hand out credentials to whoever asks, and what no service ever has.
_NEVER = [
    ip_network(each)
    for each in (
        "0.0.0.0/8",  # this machine, on some systems
        "100.100.100.200/32",  # Alibaba Cloud
        "168.63.129.16/32",  # Azure
        "169.254.0.0/16",  # link-local: AWS, Azure, Google Cloud and most others
        "192.0.0.192/32",  # Oracle Cloud
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "::/128",
        "fd00:ec2::/32",  # AWS
        "fd20:ce::254/128",  # Google Cloud
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local
        "ff00::/8",  # multicast
    )
]
# What is not on the public internet: IANA's registries of addresses for special purposes.
_NOT_PUBLIC = [
    ip_network(each)
    for each in (
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by the customers of a provider
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001::/23",  # Teredo among others
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
]
_PUBLIC_IPV6 = ip_network("2000::/3")
_MAPPED = ip_network("::ffff:0:0/96")
# Forms of IPv6 that have an address of IPv4 in them, and how far from their end.
_TRANSLATED = ip_network("64:ff9b::/96")
_COMPATIBLE = ip_network("::/96")
_LOCALLY_TRANSLATED = ip_network("64:ff9b:1::/48")


class Reach(Enum):
    """Which IP addresses the name in a url may lead to."""

    PUBLIC = "public"
    LOOPBACK = "loopback"
    PRIVATE = "private"
    """All but those that no tool has a reason to reach."""


@dataclass(frozen=True, slots=True)
class Address:
    """A url that may be called: its host is fixed, the rest of it may still have templates.

    `host` is as it goes over the wire, IPv6 without brackets. `rest` begins with "/" or "?", or is
    empty.
    """

    scheme: str
    host: str
    port: int | None
    rest: str
    reach: Reach

    @property
    def origin(self) -> str:
        """The url up to its path."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """The host and, where it is written, the port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


class BadAddress(ValueError):
    """A url that must not be called: the kind of problem, what is wrong, what to write instead.

    `start` and `end` are the part of the url that it is about.
    """

    def __init__(self, kind: str, message: str, hint: str | None, start: int, end: int) -> None:
        super().__init__(message)
        self.kind, self.message, self.hint = kind, message, hint
        self.start, self.end = start, end


def parse(url: str, allow_hosts: Iterable[str] = ()) -> Address:
    """Return the parts of a url that a tool may call; raise BadAddress for any other.

    `allow_hosts` are the hosts, or host:port, that may be reached by http and be private.
    """
    found = list(tokens(url))
    # Templates are made blank, so that nothing in them is taken for a part of the url.
    plain = url
    for token in found:
        plain = plain[: token.start] + "x" * (token.end - token.start) + plain[token.end :]
    scheme = _SCHEME.match(plain)
    if not scheme or (found and found[0].start < scheme.end()):
        raise _no_scheme(url, plain)
    start = scheme.end()
    rest = re.search(r"[/?#\\]", plain[start:])
    end = start + rest.start() if rest else len(url)
    for token in found:
        if token.start < end:
            raise _in_host(token.start, token.end)
    if strange := _FORBIDDEN.search(plain):
        raise _strange(url, strange)
    if "#" in plain:
        at = plain.index("#")
        message = "has a part that reaches no server: what follows a # is for browsers"
        raise BadAddress("wrong-value", message, "leave it out, or write %23", at, len(url))
    host, port = _authority(plain[start:end], start)
    allowed = _is_allowed(host, port, scheme[1].lower(), allow_hosts)
    reach = Reach.PRIVATE if allowed else Reach.LOOPBACK if _is_loopback(host) else Reach.PUBLIC
    if scheme[1].lower() == "http" and reach is Reach.PUBLIC:
        message = "goes over the network unencrypted, so that anyone on the way can read it"
        hint = f"write https://, or list {host} under allow_hosts if it is in your own network"
        raise BadAddress("plain-http", message, hint, 0, start)
    if ":" in host or _ends_in_number(host):
        _check_literal(host, reach, start, end)
    return Address(scheme[1].lower(), host, port, url[end:], reach)


def is_off_limits(host: str) -> bool:
    """Tell whether a host, or host:port, is an IP address that nothing may ever reach."""
    literal = re.fullmatch(r"\[(.*)\](?::\d+)?|([\d.]+)(?::\d+)?|(.*)", host)
    try:
        ip = ip_address(literal[literal.lastindex or 0] if literal else host)
    except ValueError:
        return False
    return _is_never_reached(ip)


def refusal(address: str, reach: Reach) -> str | None:
    """Return why an IP address must not be reached, or None if it may be.

    It is a fact about the address, such as "is not on the public internet".
    """
    if "%" in address:
        return "belongs to a single network interface"
    try:
        ip = ip_address(address)
    except ValueError:
        return "is no IP address"
    if _is_never_reached(ip):
        return "nothing may reach: clouds hand out credentials there, or it is reserved"
    if reach is Reach.PRIVATE:
        return None
    meant = _inside(ip)[-1] if ip in _MAPPED or ip in _TRANSLATED else ip
    if reach is Reach.LOOPBACK:
        return None if meant.is_loopback else "is not this machine"
    if any(meant in network for network in _NOT_PUBLIC):
        return "is not on the public internet"
    if isinstance(meant, IPv6Address) and meant not in _PUBLIC_IPV6:
        return "is not on the public internet"
    return None


def _is_never_reached(ip: IPv4Address | IPv6Address) -> bool:
    return any(each in network for each in (ip, *_inside(ip)) for network in _NEVER)


def _inside(ip: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """Return the addresses of IPv4 that an address of IPv6 stands for, in any of its forms."""
    if isinstance(ip, IPv4Address):
        return []
    found: list[IPv4Address | IPv6Address] = []
    if ip.sixtofour:
        found.append(ip.sixtofour)
    if ip.teredo:
        found += ip.teredo
    if any(ip in each for each in (_MAPPED, _TRANSLATED, _COMPATIBLE, _LOCALLY_TRANSLATED)):
        # A loopback of IPv6 is no address of IPv4 that begins with zeros.
        found += [] if ip.is_loopback else [IPv4Address(int(ip) & 0xFFFFFFFF)]
    return found


def _authority(written: str, start: int) -> tuple[str, int | None]:
    """Return the host and the port of what stands between "//" and the path."""
    end = start + len(written)
    if "@" in written:
        message = "has a user or a password before the host, which ends up in logs"
        hint = "take it out, and send it as a header with {{ secrets.NAME }}"
        raise BadAddress("wrong-value", message, hint, start, start + written.rindex("@") + 1)
    parts = re.fullmatch(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::(.*))?", written)
    if not parts or not parts[1]:
        message = "has no host" if not written else f'has a host that cannot be: "{written}"'
        raise BadAddress("wrong-value", message, _EXAMPLE, start, end)
    port = parts[2]
    if port is not None and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536):
        message = f'has a port that is none: "{port}"'
        hint = "a port is a number from 1 to 65535"
        raise BadAddress("wrong-value", message, hint, start + parts.start(2), end)
    host_end = start + parts.end(1)
    return _host(parts[1], start, host_end), int(port) if port else None


_EXAMPLE = "write one such as https://api.example.com/hours"


def _host(written: str, start: int, end: int) -> str:
    if written.startswith("["):
        try:
            return str(IPv6Address(written[1:-1]))
        except ValueError:
            message = f"has an address that is none: {written}"
            raise BadAddress("wrong-value", message, _EXAMPLE, start, end) from None
    if written.endswith("."):
        message, hint = "has a dot after its host", "leave it out"
        raise BadAddress("wrong-value", message, hint, end - 1, end)
    name = written.lower() if written.isascii() else _in_ascii(written)
    if not name or len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        message = f'has a host that cannot be: "{written}"'
        raise BadAddress("wrong-value", message, _EXAMPLE, start, end)
    if _ends_in_number(name):
        try:
            return str(IPv4Address(name))
        except ValueError:
            message = f'has an address in another form than four numbers: "{written}"'
            hint = "write it like 203.0.113.7, without zeros before a number"
            raise BadAddress("wrong-value", message, hint, start, end) from None
    return name


def _in_ascii(name: str) -> str | None:
    """Return a name with letters beyond ASCII as name servers know it; None if it can be none."""
    import idna  # here, as its tables are large and such names are rare

    try:
        return idna.encode(name, uts46=True).decode()
    except idna.IDNAError:
        return None


def _ends_in_number(host: str) -> bool:
    """Tell whether systems take a host for an address of IPv4, in whatever form."""
    return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def _is_loopback(host: str) -> bool:
    """Tell whether a host is written as this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return (":" in host or _ends_in_number(host)) and ip_address(host).is_loopback


def _is_allowed(host: str, port: int | None, scheme: str, allow_hosts: Iterable[str]) -> bool:
    ports = {"http": 80, "https": 443}
    authority = f"[{host}]" if ":" in host else host
    mine = {host, authority, f"{authority}:{port or ports[scheme]}"}
    return any(each.lower() in mine for each in allow_hosts)


def _check_literal(host: str, reach: Reach, start: int, end: int) -> None:
    if reason := refusal(host, reach):
        hint = None
        if refusal(host, Reach.PRIVATE) is None:
            hint = f"list {host} under allow_hosts if it is in your own network"
        raise BadAddress("wrong-value", f"has an address that {reason}", hint, start, end)


def _no_scheme(url: str, plain: str) -> BadAddress:
    first = next(tokens(url), None)
    if first and first.start == 0:
        return _in_host(first.start, first.end)
    other = _ANY_SCHEME.match(plain)
    hint = _EXAMPLE
    if not other and re.match(r"[\w-]+(\.[\w-]+)+", plain):
        hint = f"write https://{url}" if len(url) <= 60 else "write https:// before it"
    end = other.end() if other else len(url)
    return BadAddress("wrong-value", "does not begin with https://", hint, 0, end)


def _in_host(start: int, end: int) -> BadAddress:
    message = "has a template in its host, so that a value could choose where requests go"
    hint = "write the host out; templates may stand after the / that follows it"
    return BadAddress("template-in-host", message, hint, start, end)


def _strange(url: str, found: re.Match[str]) -> BadAddress:
    what, hint = _STRANGE.get(found[0], (f"the character U+{ord(found[0]):04X}", "take it out"))
    end = found.end()
    if name := re.match(r"\{(\w+)\}", url[found.start() :]):
        hint, end = f"write {{{{ {name[1]} }}}}", found.start() + name.end()
    return BadAddress("wrong-value", f"has {what}, which no url has", hint, found.start(), end)


_STRANGE = {
    " ": ("a space", "write %20"),
    "\\": ("a backslash", "write /"),
    "\n": ("a line break", "write it on the line of its key"),
    "{": ("a brace", "write %7B"),
    "}": ("a brace", "write %7D"),
}
