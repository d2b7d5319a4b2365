"""Phrases about the way there: size, number, time, network, systems."""

UNKNOWN_HOST_FOR_NOW = (
    (
        r"(?:host|domain|name|dns|mx|resol\w+)\b[^.]{0,60}(?:, try again|try again later|temporar|time[d ]?-?out|servfail"
        r"|server failure|no response)"
    ),
    r"temporar\w+ .{0,40}(?:name|dns|resol|look ?up|mx)\b|temporary lookup",
    r"name ?server.{0,30}(?:time|fail|down|error|unavail|not respond)",
    r"dns (?:query|lookup|server)? ?(?:failed|timeout|timed out|error(?!: (?:domain name|dns server returned))|time-?out)",
    r"(?:host|domain) name lookup fail\w*|domain's dns violates",
    r"(?:cannot|could not|unable to) (?:contact|reach) (?:the )?(?:name ?server|dns)|cname_lookup_failed",
    r"cname lookup failed",
    r"no answer from (?:the )?(?:name ?server|dns)|malformed name ?server reply",
)

TOO_LARGE = (
    (
        r"(?:message|mail|e-?mail|body|letter|file|data|attachments?|length|size)\b(?! mime).{0,40}(?:too (?:big"
        r"|large|long)|exceed|larger than|greater than|oversized?|over the (?:limit|max))"
    ),
    r"too (?:big|large)\b|(?:exceed|larger|greater|maximum|max|over)\w*.{0,40}\bsize\b",
    r"size (?:limit|exceed|violation|restriction)|sizelimit|entity too large",
    r"nachricht.{0,30}zu gro|taille (?:limite|maximale) du message|サイズ|(?:邮件|信件).{0,10}(?:过大|太大)",
)

TOO_MANY = (
    r"thread limit|excessive volume|threshold exceeded",
    r"too many|too fast|too quickly|too frequent\w*|rate[- ](?:limit|control|exceed)\w*|throttl\w*",
    r"gr[ea]y-?list\w*|frequency|flood\w*|slow down|unusual rate",
    r"exceed\w* .{0,40}(?:rate|number|maximum|count|connections|recipients|messages|hour|daily|per)\b",
    r"(?:hourly|daily|per hour|per day) (?:limit|quota|maximum)",
    r"max(?:imum)? (?:number of |allowed )?(?:connections|recipients|messages|e-?mails|defers)|connection limit",
    r"concurrent|limit (?:exceed|reached)|sending limit",
    r"trop de connexions|demasiad|zu viele|troppe",
    r"频率|次数|过多|太多|频繁",
)

LOOP = (r"loop(?:s|ing|ed|back)?\b|(?:too many )?hops?\b|hop ?count",)

EXPIRED = (
    r"(?<!certificate-)(?<!is )expired?\b(?! certificate)|(?:retry|delivery) time|retry timeout",
    r"(?:delivery )?attempts?\b|gave up|giving up|after \d{1,4} (?:tries|retries)|not been collected|failing for|long failure",
    r"(?:not|n't) be delivered for more than",
    r"find a gateway|(?<!line )(?<!line is )too long|message timed out|maximum time",
    r"(?:after|for|within|in the last|over|than) \d+(?:\.\d+)? (?:min|hour|day|sec|week)\w*|in the queue",
    r"not collected|postponed|will (?:keep|re)try|retrying",
    r"zeitüberschreitung|в течение",
)

NETWORK = (
    (
        r"connection (?:was |has been )?(?:refused|timed?[ -]?out|reset|dropped|lost|failed|failure|closed|aborted"
        r"|died|error|unexpectedly|interrupted|broken|terminated|to)"
    ),
    r"(?:timed|time)[ -]?out|timeout|unreachable|not reachable|no route",
    r"network (?:is|error|problem|fail|unreach|trouble|connect)\w*|not respond\w*|lost connection|broken pipe",
    r"i/o error|socket|host (?:is )?down|server (?:is )?down",
    (
        r"(?:unable to|could ?n[o']t|couldn't|cannot|can't|failed to|wasn't able to|not able to"
        r"|did not accept our requests to|error)(?: \w+){0,2} connect\w*"
    ),
    r"establish an? (?:smtp )?connection",
    r"(?:conversation|communicat|session|dialogue)\w* (?:with|fail|error|timed|was|lost)|bad connection",
    r"refused to talk|did(?:n't| not) respond|no answer from|read error|write error|remote host closed",
    r"connect to\b",
    r"接続|タイムアウト|连接失败|無法連|无法连接|超时|соединени|verbindung",
)

SYSTEM = (
    (
        r"(?:local|system|internal|server|configuration|config|processing|mailer|software|program|resource|i/o"
        r"|database|ldap|protocol|transient|delivery agent|dsn service|operating|file)\b.{0,20}\b(?:error|fail\w*"
        r"|trouble|problem|exception|misconfig\w*|fault|crash\w*)"
    ),
    r"error (?:while|in|during|was encountered)",
    r"service (?:is )?(?:currently |temporarily )?(?:unavailable|not available|refused|shutting)",
    r"(?:server|system|host) (?:is )?(?:too )?(?:busy|unavailable|not available|overloaded|shutting)",
    (
        r"(?:can't|cannot|could ?n[o']t|couldn't|unable to) (?:open|append|write|create|update|lock|access|store"
        r"|chdir|load|complete|process|switch|deliver to|contact|execute|exec|run|bind|accept)"
    ),
    r"resources?\b|out of memory|memory|command (?:died|failed|time|output)|died\b|crash\w*|ldap|read-?only",
    r"procmail|maildrop|sieve|exit (?:code|status)|interrupted|returned \d{1,3}\b|pipe to",
    r"child (?:status|process|crash)",
    r"message ended early|mail transport error|upstream error|unable to resolve route",
    r"delivery to (?:file|pipe) forbidden|several matches found",
    r"overload\w*|maintenance|shutting down|load (?:too high|average)|insufficient|storedrv|misconfigur\w*",
    r"temporar\w+|try (?:again|it) later|retry later|please (?:try|resend|retry)|later\b|deferred",
    r"system (?:problem|not)",
    r"エラーが発生|系统(?:错误|繁忙|忙)|稍后|temporär|vorübergehend|temporaire",
)

UNAVAILABLE = (
    r"unavailable|not available|retries|retry|queue\w*|delay\w*|disk|error\b.{0,10}\bdeliver|no answer",
    r"unable to process",
)
