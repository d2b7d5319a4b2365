"""The settings as they stand, and what `newsletter check` finds."""

import os
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from newsletter.findings import Finding, Grade
from newsletter.inspection.parts import inspect
from newsletter.web.admin.session import Looking
from newsletter.web.admin.settings_view import list_settings
from newsletter.web.marks import Mark
from newsletter.web.site import CurrentSite
from newsletter.words import Words

router = APIRouter()

_GRADES = {
    Grade.OK: Mark(shape="●", words=Words("fine", "正常")),
    Grade.WARNING: Mark(shape="◐", words=Words("worth a look", "建议查看")),
    Grade.PROBLEM: Mark(shape="▲", words=Words("to mend", "需要修复"), is_bad=True),
}
_PARTS = {
    "settings": Words("settings", "设置"),
    "disk": Words("disk", "磁盘"),
    "database": Words("database", "数据库"),
    "broker": Words("broker", "消息代理"),
    "relay": Words("relay", "邮件中继"),
    "signature": Words("signature", "邮件签名"),
    "bounces": Words("bounces", "退信"),
    "arXiv": Words("arXiv", "arXiv"),
    "translator": Words("translator", "翻译服务"),
}


@router.get("/settings")
def show_settings(operator: Looking, site: CurrentSite, check: str = "") -> HTMLResponse:
    """Show every setting; the findings come by themselves, or with `check` on a page without script."""
    return site.page(
        "admin/settings.html",
        operator=operator,
        groups=list_settings(site.runtime.settings, os.environ),
        **_look(site, is_wanted=bool(check), is_offline=check != "all"),
    )


@router.get("/settings/findings")
def show_findings(operator: Looking, site: CurrentSite) -> HTMLResponse:
    """Return the part of the page with the findings: what can be looked at without asking arXiv or the translator."""
    return site.page("admin/_findings.html", operator=operator, **_look(site, is_wanted=True, is_offline=True))


def _look(site: CurrentSite, *, is_wanted: bool, is_offline: bool) -> dict[str, Any]:
    findings: list[Finding] = inspect(site.runtime.settings, is_offline=is_offline) if is_wanted else []
    return {
        "findings": sorted(findings, key=lambda finding: list(Grade)[::-1].index(finding.grade)),
        "is_looked_at": is_wanted,
        "is_offline": is_offline,
        "grades": _GRADES,
        "parts": _PARTS,
    }
