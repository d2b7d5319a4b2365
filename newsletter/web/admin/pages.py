"""Every page under /admin, with what is checked before any of them answers."""

from fastapi import APIRouter, Depends

from newsletter.web.admin import account, audit, days, enrol, operators, resend, sign_in
from newsletter.web.admin.csrf import check_form, check_origin

OPEN = (sign_in, enrol)
"""Pages for who is not signed in."""
PAGES = (account, operators, audit, days, resend)
"""Pages that each name the permission they need (see session.require)."""

router = APIRouter(prefix="/admin")
for page in OPEN:
    router.include_router(page.router, dependencies=[Depends(check_origin)])
for page in PAGES:
    router.include_router(page.router, dependencies=[Depends(check_form)])
