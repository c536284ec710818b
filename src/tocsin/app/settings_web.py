"""Who may log in and how: `[web.oidc]` and the key that seals what must not stand in the store in the clear."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tocsin.app.settings_file import OidcTable, Place, SettingsFile
from tocsin.connectors.address import usable
from tocsin.kit.loopback import loopback
from tocsin.oncall.person import AccessRole

Expand = Callable[[str, str], str]
_KEY_CHARS = 32


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """A company's own OpenID provider.

    Attributes:
        name: what stands on the button. secret: of this program at the provider.
        login, person, roles: names of claims: how somebody is called here, whom of the people they are, their groups.
        role_of: groups by the role they give. otherwise: the role of everybody else, or None: they are turned away.
        people: the person of a value of the claim, where the two are not the same word.
    """

    issuer: str
    client: str
    secret: str
    name: str
    scopes: tuple[str, ...]
    login: str
    person: str
    roles: str
    role_of: Mapping[AccessRole, tuple[str, ...]]
    otherwise: AccessRole | None
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the pages need to know about logging in. keys: the newest seals, all of them open."""

    oidc: OidcSettings | None = None
    keys: tuple[str, ...] = field(default=(), repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must appear nowhere."""
        return (*self.keys, *((self.oidc.secret,) if self.oidc is not None and self.oidc.secret else ()))


def read_web(found: SettingsFile, place: Place, expand: Expand, env: Mapping[str, str]) -> WebSettings:
    """The tables as values.

    Raises:
        ConfigError: names file, line and key.
    """
    keys = tuple(each for each in env.get(found.web.key_variable, "").split() if each)
    for each in keys:
        if len(each) < _KEY_CHARS:
            raise place.error(
                "web.key_variable",
                f"a key in {found.web.key_variable} has less than {_KEY_CHARS} characters.",
                "Make one with: openssl rand -hex 32",
            )
    table = found.web.oidc
    return WebSettings(_oidc(table, found.people, place, expand) if table is not None else None, keys)


def _oidc(table: OidcTable, people: Collection[str], place: Place, expand: Expand) -> OidcSettings:
    issuer = expand(table.issuer, "web.oidc.issuer")
    parts = urlsplit(issuer)
    if not usable(issuer) or parts.query or parts.fragment:
        raise place.error(
            "web.oidc.issuer", "must be the address of the provider.", 'As in "https://login.example.org".'
        )
    if parts.scheme != "https" and not loopback(parts.netloc):
        raise place.error("web.oidc.issuer", "must begin with https://: what it says decides who may log in.")
    roles: dict[AccessRole, tuple[str, ...]] = {}
    for name, groups in table.role_of.items():
        roles[_role(name, f"web.oidc.role_of.{name}", place)] = tuple(groups)
    otherwise = _role(table.otherwise, "web.oidc.otherwise", place) if table.otherwise is not None else None
    if not roles and otherwise is None:
        raise place.error(
            "web.oidc.role_of",
            "names no group, and there is no role for everybody else: nobody could log in.",
            'For example role_of = { responder = ["engineering"] }, or otherwise = "viewer".',
        )
    for claim, person in table.people.items():
        if person not in people:
            raise place.error("web.oidc.people", f'"{claim}" is "{person}", who is not among the people.')
    if "openid" not in table.scopes:
        raise place.error("web.oidc.scopes", 'must have "openid".')
    return OidcSettings(
        issuer, table.client_id, expand(table.client_secret, "web.oidc.client_secret"), table.name, tuple(table.scopes),
        table.login_claim, table.person_claim, table.roles_claim, roles, otherwise, dict(table.people),
    )  # fmt: skip


def _role(name: str, key: str, place: Place) -> AccessRole:
    try:
        return AccessRole(name)
    except ValueError:
        known = ", ".join(each.value for each in AccessRole)
        raise place.error(key, f'"{name}" is no role.', f"Roles: {known}.") from None
