"""Where a key or a token may be sent, and which text can be a key. Pure."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit


def parts(url: str) -> SplitResult | None:
    """Parse an address that can be a base URL; None if it has more parts than that."""
    try:
        found = urlsplit(url)
        usable = found.scheme in ("http", "https") and found.hostname and found.port != 0
        host = found.hostname or ""
        if not _is_plain(host):
            host.encode("idna")
    except ValueError:  # half a bracket, an invalid port, an impossible host name
        return None
    odd = "@" in found.netloc or found.query or found.fragment or re.search(r"[\s\x00-\x1f]", url)
    return found if usable and not odd else None


def _is_plain(host: str) -> bool:
    """Whether a host name is certainly possible: Python's own check takes long to import."""
    return host.isascii() and len(host) < 64 and all(host.removesuffix(".").split("."))


def in_clear(address: SplitResult) -> bool:
    """Whether others could read a request to this URL: http to another machine."""
    return address.scheme == "http" and not _is_loopback(address.hostname or "")


OWN = "tryhamsa.com"

ALLOWED = "RECONCILER_ALLOWED_HOSTS"
"""The variable for more hosts: only whoever runs the tool can set it, no file in a repository."""


def is_trusted(address: SplitResult, allowed: str) -> bool:
    """Whether a key may be sent there: to the API's own hosts, this machine, and ``allowed`` ones.

    ``allowed`` are host names separated by commas or blanks, without patterns.

    >>> hosts = ("api.tryhamsa.com", "tryhamsa.com.evil.example", "proxy.example", "127.0.0.1:1")
    >>> [is_trusted(urlsplit(f"https://{host}"), "proxy.example, b") for host in hosts]
    [True, False, True, True]
    """
    host = (address.hostname or "").removesuffix(".")
    return host == OWN or host.endswith(f".{OWN}") or is_named(address, allowed)


def is_named(address: SplitResult, allowed: str) -> bool:
    """Whether an address is on this machine, or its host is among the ``allowed`` ones."""
    host = (address.hostname or "").removesuffix(".")
    named = {one.lower().removesuffix(".") for one in re.split(r"[\s,]+", allowed)}
    return _is_loopback(host) or (host in named and bool(host))


def is_sendable(key: str) -> bool:
    """Whether a key can be sent in a header: only visible ASCII."""
    return key.isascii() and key.isprintable() and " " not in key


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
