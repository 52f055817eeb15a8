"""Which addresses a tool reaches: a table of attacks, and what must stay possible."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import examples
from yarl import URL

from voice_agent.format.addresses import BadAddress, Reach, is_off_limits, parse, refusal

# A url, and the kind of problem that it is refused with.
REFUSED = [
    # Schemes
    ("http://api.example.com/hours", "plain-http"),
    ("HTTP://api.example.com/hours", "plain-http"),
    ("ftp://api.example.com/hours", "wrong-value"),
    ("file:///etc/passwd", "wrong-value"),
    ("javascript:alert(1)", "wrong-value"),
    ("gopher://127.0.0.1:6379/_FLUSHALL", "wrong-value"),
    ("unix:///var/run/docker.sock", "wrong-value"),
    ("//api.example.com/hours", "wrong-value"),
    ("api.example.com/hours", "wrong-value"),
    ("https:/api.example.com", "wrong-value"),
    ("https:api.example.com", "wrong-value"),
    ("https://", "wrong-value"),
    ("https:///hours", "wrong-value"),
    ("", "wrong-value"),
    # A host that a value would choose
    ("https://{{ host }}/hours", "template-in-host"),
    ("https://{{ tenant }}.example.com/", "template-in-host"),
    ("https://api.example.com{{ path }}", "template-in-host"),
    ("https://api.example.com:{{ port }}/", "template-in-host"),
    ("https://{{ user }}@api.example.com/", "template-in-host"),
    ("https://api.{{ secrets.TENANT }}.com?x=1", "template-in-host"),
    ("{{ base }}/hours", "template-in-host"),
    ("{{ scheme }}://api.example.com/hours", "template-in-host"),
    # Hosts that look like others
    ("https://user@api.example.com/", "wrong-value"),
    ("https://user:password@api.example.com/", "wrong-value"),
    ("https://api.example.com@evil.example/", "wrong-value"),
    ("https://api.example.com%40evil.example/", "wrong-value"),
    ("https://api.example.com\\@evil.example/", "wrong-value"),
    ("https://api.example.com\\.evil.example/", "wrong-value"),
    ("https://api.example.com#@evil.example/", "wrong-value"),
    ("https://api.example.com/hours#now", "wrong-value"),
    ("https://api.example.com /hours", "wrong-value"),
    ("https://api.example.com/opening hours", "wrong-value"),
    ("https://api.example.com\t/hours", "wrong-value"),
    ("https://api.example.com/\r\nHost: evil.example", "wrong-value"),
    ("https://api.example.com/\x00", "wrong-value"),
    ("https://api\u200b.example.com/", "wrong-value"),
    ("https://api.example.com\u2028/", "wrong-value"),
    ("https://api.example.com./hours", "wrong-value"),
    ("https://api..example.com/", "wrong-value"),
    ("https://.example.com/", "wrong-value"),
    ("https://-api.example.com/", "wrong-value"),
    ("https://*.example.com/", "wrong-value"),
    (f"https://{'a' * 64}.example.com/", "wrong-value"),
    (f"https://{'a.' * 130}com/", "wrong-value"),
    ("https://api.example.com:0/", "wrong-value"),
    ("https://api.example.com:65536/", "wrong-value"),
    ("https://api.example.com:/", "wrong-value"),
    ("https://api.example.com:443:80/", "wrong-value"),
    ("https://api.example.com:8o/", "wrong-value"),
    ("https://api.example.com:\u0661/", "wrong-value"),
    # This machine and the network around it, in every spelling
    ("https://10.0.0.1/", "wrong-value"),
    ("https://172.16.0.1/", "wrong-value"),
    ("https://172.31.255.255/", "wrong-value"),
    ("https://192.168.1.1/", "wrong-value"),
    ("https://100.64.0.1/", "wrong-value"),
    ("https://100.127.255.254/", "wrong-value"),
    ("https://0.0.0.0/", "wrong-value"),
    ("https://0/", "wrong-value"),
    ("https://2130706433/", "wrong-value"),
    ("https://017700000001/", "wrong-value"),
    ("https://0177.0.0.1/", "wrong-value"),
    ("https://0x7f000001/", "wrong-value"),
    ("https://0X7F.0.0.1/", "wrong-value"),
    ("https://0x7f.1/", "wrong-value"),
    ("https://127.1/", "wrong-value"),
    ("https://127.0.1/", "wrong-value"),
    ("https://127.0.0.1./", "wrong-value"),
    ("https://127.0.0.1.0x0/", "wrong-value"),
    ("https://127.0.0.256/", "wrong-value"),
    ("https://%31%32%37.0.0.1/", "wrong-value"),
    ("https://10。0。0。1/", "wrong-value"),
    ("https://\uff11\uff10.0.0.1/", "wrong-value"),
    ("https://①⑥⑨.254.169.254/", "wrong-value"),
    ("http://ⓔxample.com/", "plain-http"),
    # Where clouds hand out credentials
    ("http://169.254.169.254/latest/meta-data/", "plain-http"),
    ("https://169.254.169.254/latest/meta-data/", "wrong-value"),
    ("https://169.254.170.2/v2/credentials", "wrong-value"),
    ("https://100.100.100.200/latest/meta-data/", "wrong-value"),
    ("https://168.63.129.16/machine", "wrong-value"),
    ("https://192.0.0.192/latest/", "wrong-value"),
    ("https://[fd00:ec2::254]/latest/meta-data/", "wrong-value"),
    ("https://[fd20:ce::254]/", "wrong-value"),
    ("https://2852039166/", "wrong-value"),
    ("https://0251.0376.0251.0376/", "wrong-value"),
    ("https://0xa9fea9fe/", "wrong-value"),
    # IPv6, and IPv4 within it
    ("https://[::]/", "wrong-value"),
    ("https://[fe80::1]/", "wrong-value"),
    ("https://[fe80::1%25eth0]/", "wrong-value"),
    ("https://[::1%lo]/", "wrong-value"),
    ("https://[fc00::1]/", "wrong-value"),
    ("https://[fd12:3456::1]/", "wrong-value"),
    ("https://[fec0::1]/", "wrong-value"),
    ("https://[ff02::1]/", "wrong-value"),
    ("https://[2001:db8::1]/", "wrong-value"),
    ("https://[::ffff:169.254.169.254]/", "wrong-value"),
    ("https://[::ffff:a9fe:a9fe]/", "wrong-value"),
    ("https://[::ffff:10.0.0.1]/", "wrong-value"),
    ("https://[::10.0.0.1]/", "wrong-value"),
    ("https://[::a00:1]/", "wrong-value"),
    ("https://[2002:7f00:1::]/", "wrong-value"),
    ("https://[2002:a9fe:a9fe::1]/", "wrong-value"),
    ("https://[64:ff9b::10.0.0.1]/", "wrong-value"),
    ("https://[64:ff9b::a9fe:a9fe]/", "wrong-value"),
    ("https://[64:ff9b:1::10.0.0.1]/", "wrong-value"),
    ("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "wrong-value"),
    ("https://[::1/", "wrong-value"),
    ("https://::1/", "wrong-value"),
    ("https://[::1]evil.example/", "wrong-value"),
    ("https://[api.example.com]/", "wrong-value"),
    # What is no public service
    ("https://198.18.0.1/", "wrong-value"),
    ("https://192.0.2.1/", "wrong-value"),
    ("https://224.0.0.1/", "wrong-value"),
    ("https://240.0.0.1/", "wrong-value"),
    ("https://255.255.255.255/", "wrong-value"),
]


@pytest.mark.parametrize(("url", "kind"), REFUSED, ids=[ascii(url) for url, _ in REFUSED])
def test_a_url_that_could_lead_elsewhere_is_refused(url: str, kind: str) -> None:
    with pytest.raises(BadAddress) as refused:
        parse(url)
    assert refused.value.kind == kind
    assert 0 <= refused.value.start <= refused.value.end <= len(url)


# A url, what goes over the wire for its host, and where that may lead.
TAKEN = [
    ("https://api.example.com/hours", "api.example.com", Reach.PUBLIC),
    ("https://api.example.com", "api.example.com", Reach.PUBLIC),
    ("https://API.Example.COM:8443/hours?day=1", "api.example.com", Reach.PUBLIC),
    ("https://api.example.com/{{ id }}", "api.example.com", Reach.PUBLIC),
    ("https://api.example.com?id={{ id }}", "api.example.com", Reach.PUBLIC),
    ("https://api.example.com/a@b:c", "api.example.com", Reach.PUBLIC),
    ("https://müller.example/", "xn--mller-kva.example", Reach.PUBLIC),
    ("https://xn--mller-kva.example/", "xn--mller-kva.example", Reach.PUBLIC),
    ("https://\u0430pple.example/", "xn--pple-43d.example", Reach.PUBLIC),
    ("https://8.8.8.8/", "8.8.8.8", Reach.PUBLIC),
    ("https://[2606:4700::1111]/", "2606:4700::1111", Reach.PUBLIC),
    ("https://[64:ff9b::8.8.8.8]/", "64:ff9b::808:808", Reach.PUBLIC),
    ("http://localhost:8000/hours", "localhost", Reach.LOOPBACK),
    ("http://127.0.0.1:8000/hours", "127.0.0.1", Reach.LOOPBACK),
    ("http://127.9.9.9/", "127.9.9.9", Reach.LOOPBACK),
    ("http://[::1]:8000/hours", "::1", Reach.LOOPBACK),
    ("https://api.localhost/", "api.localhost", Reach.LOOPBACK),
    ("http://ⓛocalhost/", "localhost", Reach.LOOPBACK),
]


@pytest.mark.parametrize(("url", "host", "reach"), TAKEN, ids=[ascii(each[0]) for each in TAKEN])
def test_a_url_that_leads_where_it_says_is_taken(url: str, host: str, reach: Reach) -> None:
    address = parse(url)
    assert (address.host, address.reach) == (host, reach)


ALLOWED = [
    ("http://crm.internal/customers", ["crm.internal"]),
    ("http://CRM.internal/customers", ["crm.internal"]),
    ("http://crm.internal/customers", ["CRM.Internal"]),
    ("http://crm.internal:8080/customers", ["crm.internal:8080"]),
    ("https://crm.internal/customers", ["crm.internal:443"]),
    ("http://10.0.0.7/customers", ["10.0.0.7"]),
    ("http://[fd12::7]/customers", ["fd12::7"]),
    ("http://[fd12::7]:8080/customers", ["[fd12::7]:8080"]),
]


@pytest.mark.parametrize(("url", "allow_hosts"), ALLOWED)
def test_a_host_that_the_operator_allows_may_be_private(url: str, allow_hosts: list[str]) -> None:
    assert parse(url, allow_hosts).reach is Reach.PRIVATE


NOT_ALLOWED = [
    ("http://crm.internal.evil.example/", ["crm.internal"]),
    ("http://evil-crm.internal/", ["crm.internal"]),
    ("http://crm.internal:8080/", ["crm.internal:80"]),
    ("http://api.example.com/", ["*"]),
    ("http://169.254.169.254/", ["169.254.169.254"]),
    ("http://100.100.100.200/", ["100.100.100.200"]),
    ("http://[fd00:ec2::254]/", ["fd00:ec2::254"]),
    ("http://[::ffff:169.254.169.254]/", ["::ffff:169.254.169.254", "::ffff:a9fe:a9fe"]),
]


@pytest.mark.parametrize(("url", "allow_hosts"), NOT_ALLOWED)
def test_a_host_is_allowed_by_its_whole_name_and_never_where_credentials_are(
    url: str, allow_hosts: list[str]
) -> None:
    with pytest.raises(BadAddress):
        parse(url, allow_hosts)


# An address that a name leads to, and the reaches with which it may be connected to.
LEADS_TO = [
    ("93.184.216.34", "public private"),
    ("2606:2800:220:1::1", "public private"),
    ("::ffff:93.184.216.34", "public private"),
    ("64:ff9b::5db8:d822", "public private"),
    ("127.0.0.1", "loopback private"),
    ("127.0.0.53", "loopback private"),
    ("::1", "loopback private"),
    ("::ffff:127.0.0.1", "loopback private"),
    ("10.1.2.3", "private"),
    ("100.64.1.1", "private"),
    ("172.20.0.2", "private"),
    ("192.168.0.10", "private"),
    ("198.19.0.1", "private"),
    ("fd12:3456:789a::1", "private"),
    ("::ffff:192.168.0.10", "private"),
    ("2002:c0a8:a::1", "private"),
    ("64:ff9b::c0a8:a", "private"),
    ("0.0.0.0", ""),
    ("::", ""),
    ("0.1.2.3", ""),
    ("169.254.169.254", ""),
    ("169.254.0.1", ""),
    ("100.100.100.200", ""),
    ("168.63.129.16", ""),
    ("fd00:ec2::254", ""),
    ("fd20:ce::254", ""),
    ("fe80::1", ""),
    ("fe80::1%eth0", ""),
    ("::1%lo", ""),
    ("::ffff:169.254.169.254", ""),
    ("::169.254.169.254", ""),
    ("2002:a9fe:a9fe::", ""),
    ("64:ff9b::a9fe:a9fe", ""),
    ("64:ff9b:1::a9fe:a9fe", ""),
    ("2001:0:a9fe:a9fe::1", ""),
    ("224.0.0.251", ""),
    ("ff02::fb", ""),
    ("255.255.255.255", ""),
    ("240.0.0.1", ""),
    ("not an address", ""),
]


@pytest.mark.parametrize(("address", "reaches"), LEADS_TO)
def test_what_a_name_leads_to_is_connected_to_only_where_the_url_may_lead(
    address: str, reaches: str
) -> None:
    assert [each.value for each in Reach if refusal(address, each) is None] == [
        each.value for each in Reach if each.value in reaches.split()
    ]


PARTS = st.sampled_from(
    [
        *("https://", "http://", "api.example.com", "localhost", "127.0.0.1", "10.0.0.1", "[::1]"),
        *("169.254.169.254", "2130706433", "0x7f", "evil.example", "a", "1", "-", "_", "é", "。"),
        *(
            "\uff11",
            "ß",
            "%2e",
            "%00",
            "%40",
            "@",
            ":",
            "443",
            "/",
            "//",
            "\\",
            "?",
            "#",
            ".",
            "..",
        ),
        *(
            "[",
            "]",
            "%",
            "\t",
            "\n",
            " ",
            "\u200b",
            "\u3002",
            "{{ x }}",
            "{",
            "}",
            "xn--",
            "&",
            ";",
        ),
    ]
)


@given(st.lists(PARTS, max_size=8).map("".join), st.sampled_from(["", "https://", "http://"]))
@settings(max_examples=examples(5_000))
def test_what_is_checked_is_what_the_client_calls_however_a_url_is_written(
    rest: str, scheme: str
) -> None:
    try:
        address = parse(scheme + rest, ["localhost"])
    except BadAddress:
        return
    called = URL(f"{address.origin}/", encoded=True)
    standard = urlsplit(f"{address.origin}/")
    default = {"http": 80, "https": 443}[address.scheme]
    for host, port in (
        (called.raw_host, called.port),
        (standard.hostname, standard.port or default),
    ):
        assert (host, port) == (address.host, address.port or default)
    assert called.user is standard.username is None
    assert address.rest[:1] in ("", "/", "?")
    assert "{{" not in address.origin
    assert not (address.reach is Reach.PUBLIC and is_off_limits(address.host))
