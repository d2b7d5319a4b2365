"""Which provider an address or a mail host belongs to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mail.exchangers.groups import domain_of, group_of_domain, group_of_host


@pytest.mark.parametrize(
    ("email", "group"),
    [
        ("ann@gmail.com", "google"),
        ("ann@GoogleMail.com", "google"),
        ("ann@hotmail.com", "microsoft"),
        ("ann@live.com", "microsoft"),
        ("ann@ymail.com", "yahoo"),
        ("ann@aol.com", "yahoo"),
        ("ann@qq.com", "tencent"),
        ("ann@foxmail.com", "tencent"),
        ("ann@126.com", "netease"),
        ("ann@yeah.net", "netease"),
        ("ann@me.com", "apple"),
        ("ann@example.org", None),
    ],
)
def test_the_domains_of_a_provider_are_one_group(email: str, group: str | None) -> None:
    assert group_of_domain(domain_of(email)) == group


@pytest.mark.parametrize(
    ("host", "group"),
    [
        ("aspmx.l.google.com", "google"),
        ("alt1.aspmx.l.google.com.", "google"),
        ("example-org.mail.protection.outlook.com", "microsoft"),
        ("hotmail-com.olc.protection.outlook.com", "microsoft"),
        ("mxbiz1.qq.com", "tencent"),
        ("mx3.qq.com", "tencent"),
        ("qiye163mx01.mxmail.netease.com", "netease"),
        ("hzmx01.mxmail.netease.com", "netease"),
        ("mxn.mxhichina.com", "aliyun"),
        ("mta5.am0.yahoodns.net", "yahoo"),
        ("mx01.mail.icloud.com", "apple"),
        ("mx1.mail.ovh.net", "mail.ovh.net"),
        ("mail.example.org", "example.org"),
        ("mail.example.co.uk", "example.co.uk"),
        ("example.org", "example.org"),
        ("notqq.com", "notqq.com"),
        ("localhost", "localhost"),
    ],
)
def test_the_hosts_of_a_provider_are_one_group_and_siblings_have_one_name(host: str, group: str) -> None:
    assert group_of_host(host, "example.org") == group


def test_a_domain_that_takes_its_mail_itself_is_its_own() -> None:
    assert group_of_host("mail.co.uk", "mail.co.uk") == "mail.co.uk"


@given(st.text())
def test_any_host_has_a_group(host: str) -> None:
    assert isinstance(group_of_host(host, domain_of(host)), str)
