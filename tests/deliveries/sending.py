"""Dispatching to a real server on loopback."""

from newsletter.deliveries.dispatch import DispatchReport
from newsletter.mail.smtp import SmtpTransport, parse_smtp_url
from tests.deliveries.world import World, run, write
from tests.mail.peers import Peer
from tests.mail.sending import SOON


def send_to(world: World, peer: Peer, **options: object) -> DispatchReport:
    with SmtpTransport(parse_smtp_url(peer.url()), time_limits=SOON) as transport:
        return run(world, transport, write, **options)
