"""Automatic replies (RFC 3834): somebody's programme answered, nothing failed."""

import re

from newsletter.mail.bounces.headers import Headers

_HEADERS = {
    "auto-submitted": ("auto-replied", "auto-notified", "vacation"),
    "x-auto-response": ("",),
    "x-autoreply": ("",),
    "x-autoreply-from": ("",),
    "x-autorespond": ("",),
    "x-autoresponder": ("",),
    "x-mail-autoreply": ("",),
    "x-vacation": ("",),
    "x-apple-action": ("vacation",),
    "preference": ("auto_reply",),
    "precedence": ("auto_reply", "auto-reply", "vacation"),
    "delivered-to": ("autoresponder",),
    "x-post-messageclass": ("9; autoresponder",),
    "x-ms-exchange-generated-message-source": ("mailbox rules agent",),
}
_SUBJECT = re.compile(
    r"(?:re: ?|aw: ?|auto: ?|\[)?(?:"
    r"auto(?:matic|mated)?[- _:]?(?:re(?:ply|sponse|sponder)|answer)|autoreply|auto(?:mated)? message"
    r"|out[- ]of[- ](?:the[- ])?office|on vacation|vacation|away from"
    r"|i am (?:away|out|on)|i'm (?:away|out|on)|away until|on leave|holiday"
    r"|automatische antwort|abwesen|abwesenheit|autom\. antwort|r[eé]ponse automatique|absen[ct]|r[eé]p\. auto"
    r"|respuesta autom|fuera de (?:la )?oficina|ausencia|resposta autom|ausente|risposta automatica|fuori ufficio|assente"
    r"|automatisch antwoord|afwezig|autosvar|fr[aå]nvarande|automaattinen|poissa|automatisk svar|autom[aá]tica"
    r"|odpowied[zź] automatyczna|automatyczna|automatick[aá]"
    r"|автоответ|автоматический ответ|отсутств|自动回复|自動回覆|自动答复|休假|外出|不在"
    r"|自動返信|自動応答|자동 ?회신|부재중|otomatik yan[ıi]t|אוטומטית|رد تلقائي|ตอบกลับอัตโนมัติ"
    r")",
    re.IGNORECASE,
)


def is_automatic_reply(headers: Headers) -> bool:
    """Return whether the headers are those of a vacation notice and the like."""
    for name, signs in _HEADERS.items():
        value = headers.get(name).lower()
        if value and value != "no" and any(value.startswith(sign) for sign in signs):
            return True
    return _SUBJECT.match(headers.readable("subject").strip()) is not None
