"""Where addresses lead, however they are spelled."""

import pytest

from genesis_ci.network import Network, is_unencrypted, network_of

LOOPBACK = (
    "127.0.0.1", "127.8.9.1", "127.1", "2130706433", "0x7f.1", "0X7F000001", "0177.0.0.1",
    "127.000.000.001", "localhost", "LocalHost", "[::1]", "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]", "[::FFFF:7f00:1]",
)  # fmt: skip
PRIVATE = (
    "10.0.0.1", "10.1", "167772161", "0xa.1", "172.16.0.1", "172.31.255.255", "192.168.257",
    "[::ffff:10.0.0.1]", "[fc00::1]", "[fdff::1]", "genesis", "my_genesis", "xn--bcher-kva",
    "genesis.internal", "host.docker.internal", "printer.LOCAL",
)  # fmt: skip
PUBLIC = (
    "8.8.8.8", "134744072", "11.0.0.0", "172.15.255.255", "172.32.0.1", "192.169.0.1",
    "100.64.0.1", "169.254.169.254", "0.0.0.0", "255.255.255.255",
    "[::]", "[fe80::1]", "[fe00::1]", "[2001:db8::1]", "[::10.0.0.1]", "[64:ff9b::a00:1]",
    "[::ffff:8.8.8.8]", "genesis.example.com", "10.0.0.1.example.com", "localhost.example.com",
    "internal.example.com", "evil-internal.com", "x.localhost",
)  # fmt: skip
READ_IN_TWO_WAYS = {
    "a dot at the end": ("localhost.", "127.0.0.1.", "genesis.", "genesis.internal."),
    "empty labels": (".internal", "..internal", "a..internal"),
    "numbers that some C libraries take": (
        "99999999999", "0x100000000", "08.0.0.1", "1.2.3.4.5", "256.1", "0x", "a.1",
    ),
    "other characters": ("１２７.0.0.1", "１０.0.0.1", "ⓛocalhost", "evil。com", "bücher"),
    "percent signs": ("evil%2ecom", "%31%30.0.0.1", "[::1%25lo]", "[fd00::1%lo]"),
    "no host": ("", ":80"),
}  # fmt: skip


@pytest.mark.parametrize("scheme", ["http", "HTTP", "https"])
@pytest.mark.parametrize(
    ("network", "hosts"),
    [
        (Network.LOOPBACK, LOOPBACK),
        (Network.PRIVATE, PRIVATE),
        (Network.PUBLIC, PUBLIC),
        *((Network.PUBLIC, hosts) for hosts in READ_IN_TWO_WAYS.values()),
    ],
    ids=["loopback", "private", "public", *READ_IN_TWO_WAYS],
)
def test_an_address_is_judged_by_what_it_is(scheme, network, hosts):
    urls = [f"{scheme}://{host}{end}" for host in hosts for end in ("", ":8080/x?y@10.0.0.1")]
    assert {url: network_of(url) for url in urls} == dict.fromkeys(urls, network)
    others_read = scheme != "https" and network is not Network.LOOPBACK
    assert {is_unencrypted(url) for url in urls} == {others_read}
