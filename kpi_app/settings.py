"""The settings of the product and its only clock.

One :class:`Settings` is read from the environment at the start and passed on; nothing else reads the environment
or asks for the time.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url

from data_contracts.contract import Problem
from kpi_app import access

PROJECT = Path(__file__).resolve().parent.parent
HOME = Path(".kpi")

Listed = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """What an office can set, each as ``KPI_<NAME>``. Raises Problem for a value that cannot be."""

    model_config = SettingsConfigDict(env_prefix="KPI_", env_ignore_empty=True, frozen=True, extra="ignore")

    home: Path = Field(
        HOME,
        validate_default=True,
        description="Folder of facts, database and key; by default .kpi in the project's own folder.",
    )
    database_url: str | None = Field(
        None, description="postgresql+psycopg://user:password@host/name; without it SQLite in the home folder."
    )
    zone: str = Field("Asia/Shanghai", description="Time zone of the office: it decides which day is today.")
    as_of: date | None = Field(None, description="Take this day as today, YYYY-MM-DD; without it the clock decides.")
    language: Literal["zh", "en"] = Field("zh", description="Language where nobody has chosen one.")
    month_starts_on: int = Field(
        1, ge=1, le=28, description="Day on which a pay month begins; 1 is the calendar month."
    )
    correction_months: int = Field(
        6, ge=0, le=36, description="So many earlier months are held against today's facts and corrected; 0 for none."
    )
    host: str = Field("127.0.0.1", description="Address that the dashboard listens on.")
    port: int = Field(8501, ge=1, le=65535, description="Port that the dashboard listens on.")
    hosts: Listed = Field((), description="Names that browsers reach the dashboard by, besides localhost and the host.")
    tls: bool = Field(False, description="Browsers come by https, ended by a proxy before us: cookies are Secure.")
    oidc_issuer: str | None = Field(None, description="Address of the OpenID Connect provider; empty: no such sign-in.")
    oidc_client_id: str | None = Field(None, description="What the provider calls this dashboard.")
    oidc_client_secret: SecretStr | None = Field(None, description="The secret that the provider gave it.")
    oidc_name: str | None = Field(None, description="What the button of that sign-in says, such as 企业微信登录.")
    proxy_user_header: str | None = Field(
        None, description="Header in which a reverse proxy names the user it has signed in; empty: none is believed."
    )
    proxy_secret: SecretStr | None = Field(
        None, description="What the proxy must send in X-Kpi-Proxy-Secret to be believed; 32 characters at least."
    )
    session_idle_minutes: int = Field(30, ge=1, description="A session ends after so many minutes without a request.")
    session_hours: int = Field(12, ge=1, description="A session ends after so many hours in any case.")
    parse_memory_mb: int = Field(1024, ge=256, description="Memory that reading one uploaded file may take.")
    parse_seconds: int = Field(60, ge=1, description="Seconds that reading one uploaded file may take.")
    departments: Listed = Field((), description="Departments besides those that ship, separated by commas.")
    roles: Listed = Field((), description="Posts besides those that ship, as code=岗位, separated by commas.")
    club_for: Listed = Field(
        (), description="Roles that find the club's tables in their menu, such as director,hr; without any nobody does."
    )
    fonts: Path | None = Field(None, description="Folder with font files for PDF, beside those of the system.")

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as wrong:
            said = [(error["loc"], error["msg"].removeprefix("Value error, ")) for error in wrong.errors()]
            where = ", ".join(f"KPI_{str(at[0]).upper()} ({words})" if at else words for at, words in said)
            raise Problem(
                f"设置有误：{where}；请改正后重试。", f"Wrong settings: {where}; correct them and try again."
            ) from None

    @field_validator("home")
    @classmethod
    def home_is_absolute(cls, home: Path) -> Path:
        return PROJECT / HOME if home is HOME else home.expanduser().absolute()

    @field_validator("departments", "roles", "hosts", "club_for", mode="before")
    @classmethod
    def split_at_commas(cls, listed: object) -> object:
        if not isinstance(listed, str):
            return listed
        return tuple(word for part in listed.replace("，", ",").split(",") if (word := part.strip()))

    @field_validator("roles")
    @classmethod
    def roles_have_codes(cls, roles: tuple[str, ...]) -> tuple[str, ...]:
        for role in roles:
            code, equals, name = role.partition("=")
            if not (code.isidentifier() and equals and name):
                raise ValueError(f"{role!r} is not code=岗位")
        return roles

    @field_validator("club_for")
    @classmethod
    def club_is_for_roles(cls, roles: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(roles) - set(access.ROLES)):
            raise ValueError(f"{unknown[0]!r} is no role; there are {', '.join(access.ROLES)}")
        return roles

    @field_validator("zone")
    @classmethod
    def zone_exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{zone!r} is not a time zone such as Asia/Shanghai") from None
        return zone

    @field_validator("database_url")
    @classmethod
    def database_is_postgresql(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith("postgresql+psycopg://"):
            raise ValueError("must start with postgresql+psycopg://, or be left out for SQLite in the home folder")
        return url

    @field_validator("proxy_secret")
    @classmethod
    def secret_is_long(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and (len(secret.get_secret_value()) < 32 or len(set(secret.get_secret_value())) < 8):
            raise ValueError("is too short or too plain: 32 random characters at least")
        return secret

    @model_validator(mode="after")
    def sign_ins_are_whole(self) -> Self:
        if self.proxy_user_header and self.proxy_secret is None:
            raise ValueError("KPI_PROXY_USER_HEADER needs KPI_PROXY_SECRET: anybody could write such a header")
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret):
            raise ValueError("KPI_OIDC_ISSUER needs KPI_OIDC_CLIENT_ID and KPI_OIDC_CLIENT_SECRET")
        return self

    @property
    def zone_info(self) -> ZoneInfo:
        """The office's time zone."""
        return ZoneInfo(self.zone)

    @property
    def extra_roles(self) -> dict[str, str]:
        """Code → 岗位 of the posts that this office adds."""
        return {code: name for code, _, name in (role.partition("=") for role in self.roles)}

    def now_utc(self) -> datetime:
        """The moment of a stamp or a session, in UTC."""
        return datetime.now(UTC)

    def now_local(self) -> datetime:
        """The same moment as the office's clock shows it."""
        return self.now_utc().astimezone(self.zone_info)

    def today(self) -> date:
        """The day that figures and months are asked for: ``as_of``, else today in the office's zone."""
        return self.as_of or self.now_local().date()

    def office_moment(self) -> datetime:
        """Now, as the office's clock shows it, on the day that is taken as today; without a zone, as facts have it."""
        return datetime.combine(self.today(), self.now_local().time().replace(microsecond=0))

    def shown(self) -> list[tuple[str, str, bool]]:
        """Each setting as it is named in the environment, its value without secrets, and whether it was set there."""
        found = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name == "database_url" and value is not None:
                value = make_url(value).render_as_string(hide_password=True)
            text = ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
            found.append((f"KPI_{name.upper()}", text, name in self.model_fields_set))
        return found
