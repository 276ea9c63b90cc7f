"""Where an address leads: to this machine, into a private network, or anywhere.

The one place that decides whether a secret may be sent over plain http. It judges what the C
library connects to, however the number is spelled: `127.1` and `2130706433` are loopback.
"""

import re
import socket
from enum import Enum, auto
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network
from urllib.parse import urlsplit

_HOST = r"[a-z0-9._:-]+"
_NUMBER = r"[0-9]+|0x[0-9a-f]*"
_RFC_1918 = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_RFC_4193 = IPv6Network("fc00::/7")


class Network(Enum):
    """Who can read plain http on the way to a host: nobody else, a private network, anyone."""

    LOOPBACK = auto()
    PRIVATE = auto()
    PUBLIC = auto()


def network_of(url: str) -> Network:
    """Return the network of an address. A host that could be read in two ways is public."""
    host = urlsplit(url).hostname or ""
    if not re.fullmatch(_HOST, host):  # requests decodes %2e and full-width characters
        return Network.PUBLIC
    if number := _ip_address(host):
        return _network_of_number(number)
    labels = host.split(".")
    if ":" in host or "" in labels or re.fullmatch(_NUMBER, labels[-1]):
        return Network.PUBLIC
    if host == "localhost":
        return Network.LOOPBACK
    if len(labels) == 1 or labels[-1] in {"internal", "local"}:
        return Network.PRIVATE
    return Network.PUBLIC


def is_unencrypted(url: str) -> bool:
    """Return whether others can read what is sent to an address: it is http, and not loopback."""
    return urlsplit(url).scheme == "http" and network_of(url) is not Network.LOOPBACK


def _ip_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        if ":" not in host:
            return IPv4Address(socket.inet_aton(host))
        return IPv6Address(host).ipv4_mapped or IPv6Address(host)
    except (OSError, ValueError):
        return None


def _network_of_number(number: IPv4Address | IPv6Address) -> Network:
    if number.is_loopback:
        return Network.LOOPBACK
    is_private = any(number in network for network in (*_RFC_1918, _RFC_4193))
    return Network.PRIVATE if is_private else Network.PUBLIC
