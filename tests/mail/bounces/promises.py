"""What every report promises, whatever the mail was."""

from newsletter.mail.bounces import BounceClass, BounceReport


def check_promises(report: BounceReport) -> None:
    """Fail if a report names an address twice or in another form, or somebody for whom nothing failed."""
    addresses = [recipient.address for recipient in report.recipients]
    assert all("@" in address and address == address.lower() for address in addresses)
    assert len(set(addresses)) == len(addresses)
    assert all("\n" not in recipient.diagnostic for recipient in report.recipients)
    if report.kind in (BounceClass.AUTO_REPLY, BounceClass.NOT_A_BOUNCE):
        assert not report.recipients
