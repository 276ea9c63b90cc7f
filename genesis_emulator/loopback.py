"""Which addresses stay on this machine."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether the host name or address is one of this machine's loopback ones."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
