"""Which domains and mail hosts belong to one provider, since a provider counts all its domains together."""

from collections.abc import Mapping

_DOMAINS = {
    "google": "gmail.com googlemail.com",
    "microsoft": "outlook.com hotmail.com live.com msn.com passport.com outlook.cn live.cn hotmail.co.uk hotmail.fr "
    "hotmail.de hotmail.it hotmail.es live.co.uk live.fr live.nl outlook.fr outlook.de outlook.es outlook.jp outlook.com.br",
    "yahoo": "yahoo.com ymail.com rocketmail.com myyahoo.com aol.com aim.com verizon.net yahoo.co.uk yahoo.fr yahoo.de "
    "yahoo.es yahoo.it yahoo.ca yahoo.in yahoo.co.in yahoo.com.br yahoo.com.au yahoo.com.hk yahoo.com.tw yahoo.com.sg",
    "yahoo-japan": "yahoo.co.jp ybb.ne.jp",
    "apple": "icloud.com me.com mac.com icloud.com.cn",
    "tencent": "qq.com vip.qq.com foxmail.com",
    "netease": "163.com 126.com yeah.net vip.163.com vip.126.com 188.com netease.com",
    "sina": "sina.com sina.cn vip.sina.com",
    "sohu": "sohu.com vip.sohu.com",
    "aliyun": "aliyun.com",
    "china-mobile": "139.com",
    "proton": "proton.me protonmail.com protonmail.ch pm.me",
    "gmx": "gmx.de gmx.net gmx.com gmx.at gmx.ch web.de mail.com 1und1.de",
    "mail.ru": "mail.ru inbox.ru list.ru bk.ru internet.ru",
    "yandex": "yandex.ru yandex.com ya.ru",
    "naver": "naver.com",
    "daum": "daum.net hanmail.net kakao.com",
}
_HOSTS = {
    "google": "google.com googlemail.com",
    "microsoft": "mail.protection.outlook.com mx.microsoft mail.protection.partner.outlook.cn olc.protection.outlook.com",
    "yahoo": "yahoodns.net",
    "yahoo-japan": "yahoo.co.jp",
    "apple": "mail.icloud.com apple.com",
    "tencent": "qq.com",
    "netease": "163.com 126.com yeah.net netease.com 163mx00.mxmail.netease.com qiye163.com ym.163.com",
    "sina": "sina.com.cn sina.net sina.com",
    "sohu": "sohu.com",
    "aliyun": "aliyun.com mxhichina.com alibaba-inc.com",
    "china-mobile": "139.com",
    "proton": "protonmail.ch",
    "gmx": "gmx.net gmx.com web.de kundenserver.de",
    "mail.ru": "mail.ru",
    "yandex": "yandex.ru yandex.net",
    "naver": "naver.com",
    "daum": "hanmail.net daum.net kakao.com",
    "zoho": "zoho.com zoho.eu zohomail.com",
    "fastmail": "messagingengine.com",
    "mimecast": "mimecast.com",
    "proofpoint": "pphosted.com ppe-hosted.com",
    "barracuda": "barracudanetworks.com",
    "amazon": "amazonaws.com awsapps.com",
    "cloudflare": "mx.cloudflare.net",
}


def _by_name(groups: Mapping[str, str]) -> dict[str, str]:
    return {name: group for group, names in groups.items() for name in names.split()}


_GROUP_OF_DOMAIN = _by_name(_DOMAINS)
_GROUP_OF_HOST = _by_name(_HOSTS)


def domain_of(email: str) -> str:
    """Return the domain of an address, in lower case."""
    return email.rpartition("@")[2].rstrip(".").lower()


def group_of_domain(domain: str) -> str | None:
    """Return the provider whose own domain this is, None for any other."""
    return _GROUP_OF_DOMAIN.get(domain)


def group_of_host(host: str, domain: str) -> str:
    """Return the provider to which the mail host of a domain belongs.

    A host of nobody we know stands for the name that it has in common with its siblings: mx1.mail.example.net and mx2 are
    mail.example.net. A domain that takes its mail itself is its own.
    """
    host = host.rstrip(".").lower()
    labels = host.split(".")
    for start in range(len(labels) - 1):
        group = _GROUP_OF_HOST.get(".".join(labels[start:]))
        if group is not None:
            return group
    return host if host == domain or len(labels) < 3 else ".".join(labels[1:])
