"""What the operators' pages say that Python has to put together."""

import math
from datetime import timedelta

from newsletter.operators.audit import COMMAND_LINE, STRANGER
from newsletter.operators.password_policy import LEAST_LENGTH, MOST_LENGTH, PasswordFault
from newsletter.operators.roles import Role
from newsletter.words import Words

REFUSED = Words(
    "Address, password and code do not fit together. A code counts once: wait for the next one, then try again.",
    "邮箱、密码与验证码不符。每个验证码只能使用一次，请等下一个验证码出现后重试。",
)
WRONG_CODE = Words(
    "This is not the code that the app shows now. Check that the phone's clock is right.",
    "与应用当前显示的验证码不符。请确认手机时间准确。",
)
WRONG_PASSWORD = Words("This is not your present password.", "当前密码不正确。")
NOT_ALIKE = Words("The two passwords are not alike.", "两次输入的密码不一致。")
_FAULTS = {
    PasswordFault.TOO_SHORT: Words(
        f"At least {LEAST_LENGTH} characters, please; a few words in a row are easy to remember.",
        f"至少 {LEAST_LENGTH} 个字符。几个词连成一句，既长又好记。",
    ),
    PasswordFault.TOO_LONG: Words(f"At most {MOST_LENGTH} characters, please.", f"最多 {MOST_LENGTH} 个字符。"),
    PasswordFault.TOO_PLAIN: Words(
        "This is guessed quickly: too few different characters, or a row of the keyboard.",
        "太容易猜到：不同的字符太少，或是键盘上相邻的按键。",
    ),
    PasswordFault.TOO_COMMON: Words(
        "This is guessed quickly: little more than your address or a word that everybody tries first.",
        "太容易猜到：几乎只是邮箱地址，或最常被尝试的词。",
    ),
}
ROLES = {
    Role.OWNER: (Words("owner", "所有者"), Words("may do everything", "拥有全部权限")),
    Role.OPERATOR: (
        Words("operator", "运维者"),
        Words("may do everything but choose who runs the service", "除管理运维账号外均可操作"),
    ),
    Role.VIEWER: (Words("viewer", "观察者"), Words("looks, and changes nothing", "只能查看，不能更改")),
}
STATES = {
    "active": Words("active", "可登录"),
    "invited": Words("has yet to enrol", "尚未启用"),
    "disabled": Words("shut out", "已停用"),
}


def say_fault(fault: PasswordFault) -> Words:
    """Return why a new password is not taken."""
    return _FAULTS[fault]


def say_wait(wait: timedelta) -> Words:
    """Return how long somebody has to wait after too many tries."""
    minutes = math.ceil(wait.total_seconds() / 60)
    return Words(
        f"Too many tries. Try again in {minutes} {'minute' if minutes == 1 else 'minutes'}.",
        f"尝试次数过多，请 {minutes} 分钟后再试。",
    )


_ACTIONS = {
    "sign-in": Words("signed in", "登录"),
    "sign-out": Words("signed out", "退出登录"),
    "refuse-sign-in": Words("could not sign in", "登录失败"),
    "enrol": Words("enrolled", "启用账号"),
    "change-password": Words("changed the password", "修改密码"),
    "renew-recovery-codes": Words("made new recovery codes", "更换恢复码"),
    "end-sessions": Words("ended other sessions", "结束其他会话"),
    "add-operator": Words("added", "添加运维账号"),
    "reset-operator": Words("reset the account of", "重置运维账号"),
    "change-role": Words("changed the role of", "更改角色"),
    "disable-operator": Words("shut out", "停用运维账号"),
    "enable-operator": Words("let in again", "恢复运维账号"),
    "resend": Words("sent again", "重发"),
    "cancel-resend": Words("cancelled", "取消重发"),
    "suppress": Words("stopped mail to", "停止发信"),
    "unsuppress": Words("let get mail again", "恢复发信"),
    "settle": Words("settled the doubt about", "裁定存疑邮件"),
    "resume-channel": Words("ended the hold of", "恢复通道"),
    "send-link": Words("sent a fresh link to", "寄送管理链接"),
    "edit-reader": Words("changed the choices of", "修改读者设置"),
    "erase-reader": Words("erased", "抹除读者"),
    "import-readers": Words("imported readers", "导入读者"),
    "export-readers": Words("exported readers", "导出读者"),
    "test-send": Words("sent a test to", "发送测试邮件"),
    "correct-translation": Words("corrected the translation of", "修订译文"),
    "withdraw-correction": Words("took back the correction of", "撤回译文修订"),
    "retranslate": Words("had translated anew", "重新翻译"),
    "add-term": Words("added the term", "添加术语"),
    "change-term": Words("changed the term", "更改术语"),
    "remove-term": Words("removed the term", "删除术语"),
    "import-terms": Words("imported terms", "导入术语"),
    "renew-translations": Words("had renewed by the glossary", "按术语更新译文"),
    "export-translations": Words("exported translations", "导出译文"),
    "import-translations": Words("imported corrections", "导入译文修订"),
}


def say_action(action: str) -> Words:
    """Return an action in words; one that has none yet as it is written."""
    return _ACTIONS.get(action) or Words(action.replace("-", " "), action)


_WHO = {COMMAND_LINE.who: Words("command line", "命令行"), STRANGER.who: Words("somebody unknown", "身份不明")}


def say_who(who: str) -> Words:
    """Return who acted: a person by their address."""
    return _WHO.get(who) or Words(who, who)
