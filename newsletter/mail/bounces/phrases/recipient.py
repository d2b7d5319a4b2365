"""Phrases about the address or its domain."""

_NAMES = (
    r"users?|recipients?|mail ?box(?:es)?|accounts?|address(?:es|ee)?|rcpt|persons?|alias|customers?"
    r"|local part|login|userid|screen ?name|inbox|e-?mail address(?:es)?|smtp address|subscriber|mail account"
    r"|user account|user name"
)
_WHO = rf"(?:{_NAMES}|e-?mails?)"
_ACCOUNT = rf"(?:{_NAMES})"  # what can be closed or blocked: an e-mail that is blocked is the sender's
_GONE = (
    r"(?:disabled|deactivated|de-activated|inactive|suspended|closed|terminated|discontinued|cancell?ed|deleted"
    r"|removed|retired|expired|locked|blocked|dormant|frozen|obsolete|abandoned|decommissioned|not active"
    r"|not activated|over-?aged)"
)

FULL = (
    r"(?:over|exceed\w*|out of|disk|mail|mailbox|user|storage|account|your|the|violat\w* of|size|folder)[ -]?quota",
    r"quota (?:is |has been |was |size |limit )?(?:exceed|full|violat|reached|over|limit|used)",
    r"(?:over|exceeds?|exceeded|exceeding|above)(?: \w+){0,4} quota",
    r"(?:user|domain)disk quota|mail ?system (?:is )?full|overquota|quotaexceeded|mailboxfull|mailbox_full",
    (
        r"(?:mail ?box|inbox|mail ?folder|mail ?drop|mailstore|folder|account|storage|disk|file ?system|volume"
        r"|spool|mail store)(?:'?s)?(?: \S{1,40}){0,4} (?:is |are |has |its )?(?:currently |almost |now "
        r"|already )?(?:full|out of space|over|exceeds? (?:its|the|his|their|max)|exceeded|at its limit)\b"
    ),
    r"(?:full|exceeded|overfull|overloaded) (?:mail ?box|inbox|mail ?folder|account)",
    (
        r"(?:insufficient|not enough|no more|out of|lack of|low on|no)(?: \w{1,20}){0,2} (?:disk ?space|storage"
        r"|space|disk)\b"
    ),
    (
        r"(?:exceed|over|above|beyond|reached|hit|larger than)\w*.{0,40}(?:storage|mail ?box size|allowed space"
        r"|disk usage|space limit|allocated|allotted|mailbox limit|mailbox maximum)"
    ),
    r"(?:disk|storage|space|mailbox|inbox) (?:is )?(?:full|exceeded|not enough|limit|usage)",
    r"out of storage|no space left|space not enough|not have enough (?:space|room)",
    r"too (?:much|many) (?:mail|mails|messages|data)(?: \w+){0,3} (?:in|on|stored) (?:the|this|their|his|mailbox)",
    r"maximum (?:number of )?(?:messages|e-?mails?) (?:in|stored)",
    r"user is over|space has been used up|too much mail data|exceeding (?:receiving|mailbox|storage|its|their)",
    r"storage allocation",
    r"容量.{0,8}(?:超|オーバー|一杯|いっぱい|不足|已满|限制)|(?:いっぱい|一杯|已满|已滿|满了|超出|超过).{0,12}容量|メールボックス.{0,20}(?:いっぱい|一杯|満杯)",
    r"(?:邮箱|信箱|郵箱|空间|空間|邮件空间).{0,12}(?:已满|不足|已滿|超出|超过|满)",
    r"postfach.{0,40}\b(?:voll|überfüllt|ueberfuellt|überschritten)|speicherplatz|kontingent",
    r"bo[iî]te.{0,40}(?:pleine|satur)",
    r"(?:casilla|buz[oó]n|cuenta|caixa|casella|conta).{0,40}(?:llen[oa]|cheia|piena|lotada|excedi)|переполнен",
)

BUSY = (
    rf"{_WHO}(?: \S{{1,40}}){{0,3}} (?:is |was )?temporarily",
    rf"temporarily (?:disabled|locked|inactive|suspended|unavailable|over) (?:{_WHO}|mail)",
    r"receiving mail (?:too quickly|at a rate)",
    r"mailbox (?:is )?(?:busy|locked|in use)|mailbox_busy",
)

UNKNOWN_USER = (
    r"banned recipient|bad[-_]recipient|archived recipient|reserved by rfc 2606",
    r"single label domain|no mail-enabled subscription",
    r"(?:account|user|domain) or (?:domain|user) (?:may not exist|is not in my list|isn't in my list|is disabled)",
    r"mailaddress is administrativ\w{1,6} disabled|(?:account|mailbox) was not used for|account isblocked",
    r"(?:wasn't|was not) found (?:at|in|on)\b|format of the e-?mail address",
    r"not a registered gateway user|cannot route mail to user|no one by that name",
    r"account that you tried to reach is (?:disabled|inactive)",
    (
        rf"(?:unknown|no such|invalid|non-?exist[ae]nt|nonexisting|non-existing|illegal|undefined|unrecogni[sz]ed"
        rf"|inactive|disabled|closed|expired|unregistered|undeliverable|incorrect|bad|wrong|suspended|unavailable"
        rf"|unlisted)(?:(?:/| or | and )\w+)?(?: (?:local|final|to|destination|remote|mail|virtual|smtp|e-?mail"
        rf"|target|intended|user)){{0,2}} {_WHO}\b"
    ),
    (
        rf"{_WHO} (?:\S{{1,60}} )?(?:is |was |are |has been |have been |had been )?(?:currently |permanently |now "
        rf"|probably |been )?(?:unknown|non-?exist[ae]nt|undeliverable|unavailable|not available|not known"
        rf"|not found|not exist\w*|not valid|invalid|not listed|not recogni[sz]ed|not registered|not existing"
        rf"|not local|not unique|not defined|not our|not on|not in|not a|not have|not hosted|no longer)\b"
    ),
    (
        rf"{_ACCOUNT} (?:\S{{1,60}} )?(?:is |was |are |has been |have been |had been )?(?:currently |permanently |now "
        rf"|probably |been )?{_GONE}\b"
    ),
    (
        r"(?:user|recipient|mailbox|account|address)s?(?:\(s\))? (?:\S{1,60} )?(?:unknown|not found|not known"
        r"|invalid)"
    ),
    (
        rf"(?:no|not an?|isn't an?|not our|not the|no valid|aren't|are not) (?:(?:such|valid|known|registered"
        rf"|existing|local|matching|active|current|real|e-?mail|recogni[sz]ed|deliverable) ){{0,3}}{_WHO}(?:$"
        rf"|[.,!;:)(]| (?:here|by that|with that|with this|of that|named|found|exists?|in|on|at|for|was|were"
        rf"|associated|name|has|account|address))"
    ),
    (
        rf"(?:unable to|could ?n[o']t|couldn't|cannot|can't|didn't|did not|failed to) (?:find|locate|resolve"
        rf"|look ?up|identify|recogni[sz]e|verify)(?: (?!your )\w+){{0,2}} {_WHO}"
    ),
    (
        rf"{_WHO}\b.{{0,60}}\b(?:does not|doesn't|did not|didn't|do not|don't|does'nt|dosn't"
        rf"|dose not)(?: (?:currently|appear to|seem to|actually))? exist"
    ),
    rf"(?:does not|doesn't) (?:have an?|match any|correspond to|belong to)(?: \S{{1,60}}){{0,3}} {_WHO}",
    (
        rf"(?:this|the|their|your|that|requested|specified|destination|target|recipient) {_ACCOUNT}.{{0,60}}\b(?:has "
        rf"been|is|was|been) (?:currently |permanently )?{_GONE}"
    ),
    (
        rf"{_WHO}.{{0,60}}\bno longer (?:exist|avail|activ|valid|on |in use|with|work|employ|accept|receiv|here|a "
        rf"|an |at |part|used|monitored)"
    ),
    (
        r"no longer (?:valid|with (?:us|the company)|employed|works? (?:for|here|at)|in use|a customer"
        r"|available at|accepts? (?:e-?)?mail|a student|subscribes)"
    ),
    r"recipnotfound|recipientnotfound|resolver\.adr\.(?!.{0,10}ambig)|invalidrecipient|nosuchuser|no_such_user",
    r"unknownuser|user_unknown|unknown_user|adrnotfound",
    r"no matches (?:to|for|found)|no mailbox\b|mailbox not|unknown (?:or|and) (?:illegal|invalid)|unknown_address",
    rf"(?:{_WHO}|he|she|person) (?:has|have) (?:moved|left)|moved to (?:a )?new|has moved (?:permanently|to)",
    r"(?:address|account|mailbox) (?:has )?(?:changed|moved)",
    r"not listed in (?:the |our |domino|public|directory|name)",
    r"not in (?:my|our) (?:user list|control|database|system|directory)",
    (
        r"mail-?box (?:is )?(?:currently )?(?:unavailable|unavaiable|not present|not available|not found|inactive"
        r"|disabled)"
    ),
    (
        rf"{_WHO} .{{0,40}}(?:wasn't|was not|could ?n[o']t be|couldn't be|cannot be|can't be|can not be) (?:found"
        rf"|resolved|verified|located|recogni[sz]ed|identified)"
    ),
    r"name is not recogni[sz]ed|recipient not found|user not known|not yet been activated|no final delivery point",
    r"without (?:a )?(?:final )?delivery",
    r"no valid recipients?\b(?! from)|not (?:a )?valid (?:mailbox|recipient|user|address)|is not an active address",
    r"not deliverable to",
    r"(?:vrfy|recipient verif\w*|callout) (?:failed|failure)",
    r"address not present|can't accept user|not e-?mail addresses|no mail ?box available|recipient not ok",
    r"badrcptto|badrecipientto|validrcptto",
    r"there is no one|no one at this|missing home directory|no .{1,60} in (?:name |the |our )?directory",
    r"(?:is|been|was) (?:currently )?suspended|deactivated mailbox",
    r"suspend the service|extended inactivity|inactiv\w+ .{0,40}not (?:currently )?(?:being )?accept",
    r"bounced address|address replaced|replaced by|mail-box not found",
    r"recipient address rejected: access denied|recipient (?:is )?not (?:ok|accepted here)",
    r"unknown local|address error|addressing error|bad destination mailbox",
    r"delivery to this (?:address|user) (?:is )?discontinued",
    r"disabled recipient|recipient no longer|retired|mailbox owner has changed|does not accept mail for this",
    r"not handled here",
    r"invalid (?:final|e-?mail|destination) (?:delivery )?",
    r"unknown (?:user|recipient|address|account|alias|mailbox|login)",
    # German, French, Spanish and Portuguese, Italian
    (
        r"(?:empf[aä]e?nger|benutzer|adresse|postfach|mailadresse|adressat|konto).{0,40}(?:unbekannt"
        r"|nicht gefunden|existiert nicht|ungültig|nicht bekannt|nicht vorhanden|nicht mehr|gesperrt|deaktiviert)"
    ),
    r"existiert nicht|unbekannter (?:benutzer|empf)",
    (
        r"(?:utilisateur|destinataire|adresse|usager|compte|bo[iî]te).{0,40}(?:inconnue?|n'existe|inexistante?"
        r"|introuvable|invalide|d[ée]sactiv|ferm[ée]|suspendu|archiv)"
    ),
    (
        r"(?:usuario|destinatario|direcci[oó]n|cuenta|usu[aá]rio|destinat[aá]rio|conta|endere[cç]o"
        r"|buz[oó]n)\b.{0,40}(?:desconocid|no existe|no v[aá]lid|inexistente|n[aã]o existe|inv[aá]lid|desconhecid"
        r"|deshabilitad|inativ|no se ha encontr|no se encontr|n[aã]o encontr)"
    ),
    r"(?:utente|indirizzo|casella|destinatario)\b.{0,40}(?:sconosciut|non esiste|inesistente|non valid|disattiv)",
    r"(?:compte|bo[iî]te) (?:du destinataire )?(?:est )?bloqu",
    r"no existe (?:dicha|ese|esa|el|la)\b|nessun utente|destinataire (?:archiv|invalide)|destinataire.{0,20}archiv",
    # Japanese, Chinese, Russian, and a few more
    r"(?:アドレス|宛先|ユーザ|受信者|あて先).{0,30}(?:見つか|存在し|不明|誤り|間違|無効|ありません)|存在しない|見つかりません",
    r"(?:用户|用戶|收件人|收信人|邮箱|郵箱|地址|帐号|账号|帳號|信箱|使用者|账户|帐户).{0,16}(?:不存在|不正确|无效|無效|未找到|找不到|未知|禁用|停用|冻结|已注销|锁定|关闭)|无此用户",
    r"没有这个用户|查无此",
    (
        r"(?:пользовател|адресат|получател|ящик|адрес)\w*.{0,40}(?:не найден|не существует|неизвест|отключ"
        r"|заблокир|удал[её]н|недоступ)"
    ),
    r"несуществующ|такого пользователя нет",
    r"존재하지|없는 사용자|onbekend|okänd|finns inte|ukjent|ukendt|tuntematon|nieznany|nie istnieje|neexistuje|neznámý",
)

UNKNOWN_HOST = (
    (
        r"(?:host|domain|system|site|node|mx|server name|domain name|hostname)s?\b.{0,60}(?:not found|unknown"
        r"|not exist|n'?t exist|not known|could ?n[o']t be found|cannot be found|can't be found|is invalid"
        r"|not valid|no mx|not registered|not resolve|cannot be resolved|nxdomain|not a valid)"
    ),
    (
        r"(?:unknown|no such|invalid|bad|illegal|non-?exist[ae]nt|incorrect|unroute?able|unresolvable) (?:mail "
        r"|internet |destination |remote |e-?mail |recipient )?(?:host|domain|server|system|site|address|name"
        r"|node)"
    ),
    r"nxdomain|nonexistentdomain|null ?-?mx|illegal host|unroute?able|host unknown|host/domain",
    r"name or service not known|domain lookup failed",
    (
        r"no (?:mx|a|aaaa|mail exchanger|mail server|mail exchange|mail host|dns|valid hosts?|valid mx|usable mx"
        r"|such host|ip address|relevant answers|hosts?)(?:,? (?:or|and|nor|/) \w+)? ?(?:records?|found|for"
        r"|information|answer|entry|exists?|data|$)"
    ),
    (
        r"(?:could ?n[o']t|couldn't|cannot|can't|unable to|failed to) (?:find|resolve|locate)(?: \w+){0,2} (?:host"
        r"|mail exchanger|mx|ip address|domain|destination|address for)"
    ),
    (
        r"(?:domain|host|server|address|system)\b.{0,40}(?:does not|doesn't|never|not|n't) (?:accept|receive"
        r"|handle|support) (?:any )?(?:e-?)?mail"
    ),
    r"(?:does not|doesn't) accept (?:any )?(?:e-?)?mail\b(?! from| over)|no smtp service",
    r"host address lookups failed permanently|dns error: (?:domain name not found|dns server returned answer with no data)",
    r"mx records? point to non-?exist|malformed or unexpected name ?server reply",
    r"points? (?:back )?to (?:us|localhost)",
    r"address not found|(?:domain|site)\b.{0,60}not reachable|there is no such",
    r"域名.{0,12}(?:不存在|无效|错误|解析)|ドメイン.{0,20}(?:存在|見つか)|домен.{0,30}(?:не найден|не существует)",
)

MISSING = (r"does(?: not|n't) exist|not found|not exist\b|must exist|unknown\b",)

REFUSED = (
    r"recipient mailbox is not allowed",
    r"mailbox unavailable",
    (
        r"(?:recipient|rcpt|user|destination) (?:address )?(?:\S{1,60} )?(?:was |has been )?(?:rejected|refused"
        r"|denied|not accepted|not allowed)"
    ),
    r"address (?:was )?rejected|(?:rejected|refused) (?:the |this )?(?:address|recipient)",
    r"does not like recipient|invalid address|delivery not authori[sz]ed",
)
