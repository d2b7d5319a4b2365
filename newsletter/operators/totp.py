"""Codes that change every 30 seconds (RFC 6238): which step of time a code belongs to, and the picture that an app reads."""

import io
import re
from datetime import datetime

import pyotp
import segno

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""A phone's clock may be off by so many steps (RFC 6238 section 5.2)."""
_CODE = re.compile(r"[0-9]{6}\Z")
ISSUER = "Chenbao"


def new_secret() -> str:
    """Return a fresh secret of 160 bits in base32."""
    return pyotp.random_base32()


def find_step(secret: str, typed: str, *, at: datetime) -> int | None:
    """Return the step of time whose code was typed, now or one step away; None when it is no such code.

    A code counts once: whoever uses it stores its step, and takes no code of that step or an earlier one again.
    """
    code = "".join(typed.split())
    if not _CODE.match(code):
        return None
    now = int(at.timestamp()) // STEP_SECONDS
    machine = pyotp.TOTP(secret)
    steps = range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
    found = [step for step in steps if pyotp.utils.strings_equal(machine.generate_otp(step), code)]
    return max(found, default=None)


def provisioning_uri(secret: str, email: str) -> str:
    """Return the address that authenticator apps read (otpauth://)."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def qr_svg(text: str) -> str:
    """Return the text as a QR code: an SVG with attributes and classes only, dark modules on nothing."""
    buffer = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(buffer, kind="svg", xmldecl=False, svgns=True, svgclass="qr", lineclass="qr-modules", omitsize=True)
    return buffer.getvalue().decode()


def grouped(secret: str) -> str:
    """Return a secret in groups of four, for whoever types it."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
