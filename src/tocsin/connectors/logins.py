"""From a way to log in to what carries it out, loaded by the first one who uses it: some of it is large, or an extra."""

from collections.abc import Callable, Mapping
from typing import Any

from tocsin.connectors.login_api import Ceremony, Provider
from tocsin.errors import ConfigError
from tocsin.kit.plugins import plugins

GROUP = "tocsin.logins"


def ceremony() -> Ceremony:
    """What makes and proves passkeys."""
    factory: Callable[[], Ceremony] = _load("passkey", "webauthn")
    return factory()


def provider(settings: Mapping[str, object]) -> Provider:
    """An OpenID provider. Raises ConfigError without the extra, or for settings that cannot be."""
    factory: Callable[[Mapping[str, object]], Provider] = _load("oidc", "tocsin[oidc]")
    return factory(settings)


def _load(name: str, package: str) -> Any:  # Any: what an entry point gives is known to its reader only
    found = plugins(GROUP)
    try:
        return found[name].load()
    except (KeyError, ImportError, AttributeError) as error:
        raise ConfigError(
            f"Logging in by {name} is not installed: {error}.", hint=f"Install it: pip install '{package}'."
        ) from error
