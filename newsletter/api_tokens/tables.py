"""Tables: tokens for programs."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime


class ApiTokenRow(SQLModel, table=True):
    """A token of one reader or of one operator.

    `token_hash` is a keyed hash of the whole token; `scopes` are parted by spaces; `owner_version` is the version of the
    reader's links when it was made. The operator has no foreign key: an account that is gone makes the token worthless.
    """

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    prefix: str = Field(unique=True)
    token_hash: str
    name: str
    subscriber_id: int | None = Field(default=None, foreign_key="subscriber.id", index=True)
    operator_id: int | None = Field(default=None, index=True)
    owner_version: int
    scopes: str
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
