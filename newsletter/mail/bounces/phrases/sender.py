"""Phrases about us: who sends, from where, and what."""

SENDER = (
    r"sender address .{0,40}not a? ?valid",
    r"(?:this|your) ip .{0,40}(?:blocked|listed|banned)|too many invalid recipients|(?:check|verify) sender address",
    r"unresolvable .{0,20}(?:from )?domain",
    (
        r"(?:envelope )?senders?(?:'s)? (?:e-?mail )?(?:address|domain|host|verif\w*|name"
        r"|mailbox)?.{0,60}?\b(?:reject|refus|denied|invalid|unknown|not exist|n't exist|verif|not resolv"
        r"|not found|no mx|blocked|unresolvable|blacklist|bad|malformed|not accept)"
    ),
    r"sender (?:verif|reject|refus|denied|unknown|is not|not |invalid|blocked|was rejected|must|does not|denied|id )",
    (
        r"(?:domain of|invalid|unknown|bad|unroutable|unrouteable|unverified|unverifiable|illegal|forged|null"
        r"|blocked) (?:envelope |mail )?sender"
    ),
    (
        r"(?:from:?|return|reply|originator|envelope)[ -](?:address|domain|path).{0,60}(?:reject|refus|denied"
        r"|invalid|not exist|not resolv|not valid|unknown)"
    ),
    r"(?:domain|address) (?:of|in) (?:the )?(?:sender|from|mail from|return)",
    r"(?:invalid|bad|unresolvable|blocked|no) (?:return(?:[- ]path| address)|from|mail from|originator)\b",
    r"not (?:allowed|permitted|authori[sz]ed) to (?:send|use|relay|post|submit)",
    r"not verified.{0,80}identit",
    r"e-?mail address is not verified",
    r"return address (?:does not|is not|unknown)",
    r"mail from .{0,40}(?:not allowed|rejected|refused|denied|blocked|not accepted)",
    r"sending (?:domain|address|host) .{0,40}(?:reject|not exist|invalid|not resolv)",
    r"(?:could not|couldn't|cannot|unable to) verify (?:the )?(?:sender|return)",
    r"sender .{0,40}(?:does not match|is empty|not owned)|(?:empty|null) (?:envelope )?senders?|bogus mail from",
    r"mail from not owned|[ée]metteur invalide",
    r"batv\b|backscatter|third-party dsn|fully qualified e-?mail address required|domain .{0,60}mismatches client",
    r"recipient not accepted\W{1,3}batv|badsender\w*|sender(?:filter\w+|noa\b)|sender (?:domain )?listed|dead domain",
    r"purported responsible|outgoing mail suspension|sending this from a different|empty e-?mail address",
)

RELAYING = (
    r"authentication (?:is )?turned on|d'authentification",
    r"failed to authenticate|incorrect authentication|use smtp of your|submitter failed",
    r"relay(?! limit)\w*\b",
    r"not (?:a )?(?:local|gateway|hosted) (?:domain|host)|not local\b",
    r"(?:my|the|allowed|list of allowed) (?:locals|rcpthosts)|rcpthosts",
    r"(?:smtp )?authenticat\w* (?:is )?(?:required|failed|needed|error|credentials)|must (?:be )?authenticated?",
    r"not authenticated|smtp auth|authrequired|pop before smtp",
    r"check(?:ed)? (?:your )?mail (?:first|before)",
    r"requires? authentication|authentifi?cation requise|must authenticate|use the smtp server of your",
    r"no access from",
    r"not authori[sz]ed|notauthori[sz]ed|unauthori[sz]ed|unauthenticated|authentication required",
)

AUTHENTICATION = (
    r"over a tls|helo / ehlo|must resolve\b",
    r"spf\b|dkim\b|dmarc\b|domainkeys|sender policy framework|sender ?id\b|openspf",
    r"authentication (?:checks|information|results|fail)|multiple authentication",
    r"arc (?:fail|validation|seal)",
)

SENDING_HOST = (
    r"name was rejected|bad ip profile|ip for sending|dns check failure|helo/ehlo|over ipv6",
    r"reverse (?:dns|lookup|name|hostname|host|ip|resolution|address|delegation|mapping)|rdns\b|ptr\b|fcrdns",
    r"forward[- ]confirmed",
    (
        r"(?:cannot|can't|could not|unable to) (?:find|resolve|verify) (?:your|client|the sending|the client"
        r"|the connecting|name for)"
    ),
    r"(?:helo|ehlo)\b.{0,60}(?:reject|invalid|denied|bad|refus|not |must|syntax|resolv|name)",
    r"(?:invalid|bad|rejected) helo",
    r"forward dns|verification fail(?:ed|ure)|unverifyable|unverifiable|invalid hostname|domain name in greeting",
    (
        r"(?:generic|dynamic|residential|dial-?up|dsl|consumer) (?:ip|host|address|client|rdns|pool|range|user"
        r"|customer|name)"
    ),
    r"dynamic ip|dialup",
    r"may not be mail exchanger|server access .{0,60}forbidden|does not resolve",
    (
        r"(?:client|your) (?:host|ip|hostname|server|domain)(?: name)?.{0,60}(?:not registered|no valid|no mx"
        r"|no dns|does ?n.t resolve|not found|lookup fail|match)"
    ),
)

BLOCK_LIST = (
    r"bounce attacks?|not in the list",
    r"black[ -]?list|block[ -]?list|deny ?list|rbls?\b|dnsbl\b|u?ribl\b|uribl|surbl\b|[sxp]bl\b|dul\b|access ?list",
    r"spamhaus|spamcop|sorbs|barracuda|cloudmark|senderbase|senderscore|abuseat|njabl|manitu|proofpoint\.com/dnsbl",
    r"trustedsource|mailspike|invaluement",
    (
        r"(?:connections?|mail|messages?|e-?mails?|ip|host|server|address|network|domain|traffic|you|sender|client"
        r"|access)(?: \S{1,60}){0,6} (?:is|are|was|been|being|has been|temporarily|currently"
        r"|have been) (?:\w+ )?(?:block|ban|list|blacklist|restrict|prohibit|deferred due to user)"
    ),
    r"(?:has|have|had) been (?:\w+ )?(?:blocked|banned|restricted|blacklisted)",
    r"block(?:ed|ing) (?:using|by|for|due|because|from|mail|ip|sender|at|see|- see|connections?)|^blocked",
    r"blocked\b|banned",
    r"(?:listed|found) (?:in|on|at|by) .{0,40}(?:list|bl\b|dnsbl|rbl|http)|currently listed|\(bl\)",
    r"reputation|low trust|trust level|unblock|delist|removal request|bad sender|open proxy|botnet|compromised",
    r"client (?:host|address|ip|server)?(?: \S{1,80})? ?(?:rejected|denied|blocked|refused)",
    (
        r"your (?:ip|host|server|network|mail ?server|access|isp|connection)\b.{0,60}(?:block|reject|denied|refus"
        r"|ban|prohibit|restrict|not accept|suspicious\b|not allowed|bad)"
    ),
    (
        r"(?:we|system|server|host) (?:do not|don't|will not|won't|does not|doesn't) accept (?:mail|e-?mail"
        r"|messages|connections) from"
    ),
    (
        r"(?:connection|mail|e-?mail|messages?|traffic)s? from (?:\S{1,60} ){0,6}(?:rejected|refused|denied"
        r"|not accepted|not allowed|prohibited|deferred)"
    ),
    r"connections? not accepted from|connection (?:rejected|denied)|ip not allowed",
    r"messages? from\b.{0,20}(?:weren't|were not) sent|unable to accept (?:mail|connections) from|no valid recipients from",
    r"not (?:currently )?accepting mail from|go away|confirm this mail server|server requires confirmation|dns:b\d",
    r"e-?mails? (?:is |was |has been )?blocked|bloqu[ée]|(?:rl|dt|dns|hvu|rtr|cnct):[a-z]\w{1,6}",
    r"access from (?:ip|your)|(?:ofr|lpn|ouk)\w{0,4}_(?:10[1-35-9]|201|42[34]|51[03]|506|999)",
    r"too many (?:spam|bad|errors?|failed)|insecure mail",
    r"not accepting connections",
)

SPAM = (
    r"spam\b|spam(?:my|ming|mers?|assassin|traps?|ware|score|hit|bot|med)\b|anti-?spam|unsolicited|unwanted|ube\b",
    r"uce\b|junk\b|phish",
    r"bulk (?:mail|e-?mail|message|sender)|user complaints|complaints?\b|honeypot",
    r"(?:content|body|text) (?:\w+ ){0,3}(?:reject|filter|not allowed|block|denied|refus|deny|unacceptable|polic)\w*",
    r"because of (?:its|the) content|objectionable|offensive content|rejected .{0,20}content",
    r"suspicious\b|high score|spam-|score[ds]? (?:of )?\d|rule imposed|looks like|similar to|bayes|razor|pyzor",
    r"mass mail|captcha|low priority|recurrent pattern|advertis\w*|mail content",
    r"垃圾|迷惑メール|スパム|反垃圾|спам",
)

CONTENT_LIMITS = (
    r"(?:exceeds? |over )(?:the )?policy|mime complexity|headers? (?:is )?too (?:large|long|big)",
    r"header size exceeds maximum permitted",
)

VIRUS = (
    r"virus\b(?!wall)|viruses|malware|worm\b|trojan|infected",
    (
        r"(?:attachments?|file ?name|file type|extension|executable)s?.{0,40}(?:not allowed|not accept|block"
        r"|reject|prohibit|denied|forbid|removed|bann|illegal|dangerous)"
    ),
    (
        r"(?:forbidden|banned|prohibited|illegal|dangerous|executable|blocked) (?:attachment|file|content|mime"
        r"|extension)"
    ),
)

POLICY = (
    r"redundant|send e-?mail to yourself|certificate-expired|tlsa-invalid|dnssec-invalid",
    r"invalid (?:message )?(?:content|characters)",
    r"stray linefeed|improperly|unnecessary base64|multiple addresses|security alert|ciphers?\b",
    r"polic(?:y|ies)\b|administrative(?:ly)? (?:prohib|denied|reject|refus)|prohibit\w*|admission",
    r"security (?:reason|violation|check|level|polic)\w*",
    (
        r"(?:rejected|refused|blocked|denied|discarded) (?:by|due to|for|as) (?:the |a |local |our |server "
        r"|system |user |recipient )*(?:filter|rule|admin|security|content|user|recipient|preferences|milter"
        r"|organi[sz]ation|sender|firewall|gateway|anti|domain owner|domain|header|policy)"
    ),
    r"recipient preferences|restrict\w*|moderat\w*|not a member|members? only|not members?|non-?members?",
    r"subscri(?:be|ber|ption)\w*|permission to (?:post|send|submit|access)|may not have permission",
    r"not accept(?:ed|ing)? (?:any )?(?:e-?mail|mail|messages?|connections?) from",
    r"does not (?:want|wish|accept)(?: to receive)? (?:e-?)?mails? from",
    r"access (?:is )?denied|filtered|(?:mail|content|message|e-?mail|url) filters?|white ?-?list|allow ?-?list",
    r"milter|challenge|quarantin\w*|firewall",
    (
        r"(?:bad|missing|invalid|illegal|duplicate|multiple|no|malformed|forged|non-?rfc|broken|improper|too many"
        r"|empty|non-?compliant|required) .{0,30}\b(?:headers?|fields?)\b"
    ),
    r"headers?.{0,40}(?:missing|invalid|bad|duplicate|not |illegal|syntax|malformed|forged|required|violat)",
    r"rfc ?-?(?:2?[58]22|compliant|compliance|ignorant|violation|1123|2606|7505|6532|5322)|non-?compliant",
    r"not (?:rfc )?compliant|resent-from|bare (?:lf|cr|linefeed|newline)|line too long|smtputf8|from: header",
    r"in from: ",
    r"closed mailing list|header error|organizational settings|only accept(?:ing|s) (?:mail|messages)",
    r"account is protected|does not conform|no third|mime headers?",
    r"blocked by the recipient|user reject|refuse to receive|has restricted",
    r"media error|conversion (?:required|error|fail|not)|malformed",
    r"unsupported (?:format|encoding|charset|character|language)|non-?ascii|8-?bit|charset|character set",
    r"(?:message|mail) format|not formatted|mime (?:error|type|violat|format|struct)",
    r"(?:tls|starttls|ssl|encrypt\w*|certificate)\b.{0,40}(?:required|must|not|fail|need|error|invalid)",
    r"(?:must|require\w*|issue a) .{0,20}(?:tls|starttls|encrypt)|violat\w*|abus(?:e|ive)",
    r"send (?:as|mail as|on behalf)|misconfigured sender",
    r"message (?:was |has been |is )?(?:blocked|refused|denied|deleted|discarded|not accepted)",
    r"(?:mail|messages?) (?:rejected|refused|denied)\b|groupe? .{0,120}(?:may not exist|n'existe pas|autoris)",
    r"not accepted for",
    r"拒否|拒绝|拒絕|被拒|abgelehnt|verweigert|rifiutat|rechazad|rejeitad|отклонен|отвергнут|запрещен",
)

REJECTED = (
    r"reject\w*|refus\w*|denied|deny|not accept\w*|not allowed|not permitted|forbidden|unacceptable|unwelcome",
    r"discard\w*|disallow\w*|transaction failed",
)
