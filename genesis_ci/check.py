"""`genesis-ci check`: a valid configuration, a server that answers, a key that it takes."""

from collections.abc import Callable

from genesis_ci.api.client import GenesisClient
from genesis_ci.config.settings import Parsed, Settings
from genesis_ci.errors import ConfigError, GenesisCiError
from genesis_ci.providers.base import Level, Provider

CHECK_SECONDS = 20.0
TITLE = "genesis-ci check"


def check(
    parsed: Parsed, provider: Provider, make_client: Callable[[Settings], GenesisClient]
) -> int:
    """Say what is good and what is not, and return the exit code. Starts nothing."""
    settings = parsed.settings
    if settings is None:
        for problem in parsed.problems:
            provider.annotate(Level.ERROR, TITLE, problem)
        return ConfigError.exit_code
    provider.line("✔ The configuration is valid.")
    if settings.api_key is None:
        provider.annotate(Level.NOTICE, TITLE, "There is no API key; missing-key: skip allows it.")
        return 0
    try:
        make_client(settings).check_key(timeout=CHECK_SECONDS)
    except GenesisCiError as error:
        provider.annotate(Level.ERROR, TITLE, f"{error.message} {error.hint or ''}".strip())
        return error.exit_code
    provider.line(f"✔ {settings.api_url} accepts the API key. Nothing was started.")
    return 0
