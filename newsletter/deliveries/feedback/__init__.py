"""What comes back about deliveries: bounces, complaints, and mails that unsubscribe; what follows from each, and why.

::

    a mailbox, a listener, a webhook ──► read (pure) ──► hear: match, judge (pure), record ──► suppression, consent, alarm
"""
