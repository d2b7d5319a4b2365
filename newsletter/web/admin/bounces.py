"""What came back in the last two weeks: bounces, complaints, unsubscriptions by mail, and what followed."""

from collections import Counter

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from newsletter.deliveries.feedback.judge import Effect
from newsletter.deliveries.feedback.store import FeedbackKind
from newsletter.web.admin.session import Looking
from newsletter.web.site import CurrentSite
from newsletter.words import Words

router = APIRouter()
SHOWN = 200

KINDS = {
    FeedbackKind.HARD: Words("takes no mail", "地址无效"),
    FeedbackKind.SOFT: Words("failed for now", "暂时失败"),
    FeedbackKind.POLICY: Words("refused because of us", "因发件方被拒"),
    FeedbackKind.COMPLAINT: Words("marked as spam", "被标为垃圾邮件"),
    FeedbackKind.AUTO_REPLY: Words("automatic reply", "自动回复"),
    FeedbackKind.NOT_A_BOUNCE: Words("no report", "并非退信"),
    FeedbackKind.UNKNOWN: Words("not understood", "无法识别"),
    FeedbackKind.UNSUBSCRIBE: Words("unsubscribes", "退订"),
    FeedbackKind.OPERATOR: Words("by an operator", "管理员操作"),
}
EFFECTS = {
    Effect.SUPPRESSED: Words("mail to the address was stopped", "已停止向此地址发信"),
    Effect.COUNTED: Words("counted against the address", "计入此地址"),
    Effect.ALARMED: Words("raised an alarm", "触发警报"),
    Effect.UNSUBSCRIBED: Words("unsubscribed the reader", "读者已退订"),
    Effect.RECORDED: Words("written down", "仅记录"),
    Effect.LIFTED: Words("mail to the address goes out again", "已恢复发信"),
}


@router.get("/bounces")
def show_bounces(operator: Looking, site: CurrentSite) -> HTMLResponse:
    """Show what came back, the latest first."""
    found = site.runtime.list_feedback()[::-1]
    return site.page(
        "admin/bounces.html",
        operator=operator,
        reports=found[:SHOWN],
        more=max(len(found) - SHOWN, 0),
        tally=Counter(FeedbackKind(report.kind) for report in found).most_common(),
        kinds=KINDS,
        effects=EFFECTS,
        has_source=site.runtime.has_feedback_source,
    )
