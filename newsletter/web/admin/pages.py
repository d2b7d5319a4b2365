"""Every page under /admin, with what is checked before any of them answers."""

from fastapi import APIRouter, Depends

from newsletter.web.admin import (
    account,
    audit,
    bounces,
    channels,
    corrections,
    costs,
    days,
    enrol,
    glossary,
    mail,
    operators,
    readers,
    readers_csv,
    readers_edit,
    resend,
    settings_page,
    sign_in,
    suppressions,
    today,
    translations,
    uncertain,
)
from newsletter.web.admin.csrf import check_form, check_origin

OPEN = (sign_in, enrol)
"""Pages for who is not signed in."""
PAGES = (
    account,
    operators,
    audit,
    days,
    resend,
    today,
    readers,
    readers_csv,
    readers_edit,
    mail,
    uncertain,
    channels,
    bounces,
    suppressions,
    costs,
    corrections,
    translations,
    glossary,
    settings_page,
)
"""Pages that each name the permission they need (see session.require)."""

router = APIRouter()
for page in OPEN:
    router.include_router(page.router, prefix="/admin", dependencies=[Depends(check_origin)])
for page in PAGES:
    router.include_router(page.router, prefix="/admin", dependencies=[Depends(check_form)])
