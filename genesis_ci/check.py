"""`genesis-ci check`: a valid configuration, a server that answers, a key that it takes."""

from collections.abc import Callable

from genesis_ci.api.client import GenesisClient
from genesis_ci.calls import Calls, Interrupt
from genesis_ci.config.settings import Parsed, Settings
from genesis_ci.domain import Level
from genesis_ci.errors import ConfigError, GenesisCiError
from genesis_ci.providers.base import Provider

CHECK_SECONDS = 20.0
TITLE = "genesis-ci check"
NO_WORKFLOW = "No workflow is named: neither workflow-id, execution-id nor a config file is there."


def check(
    parsed: Parsed,
    provider: Provider,
    make_client: Callable[[Settings], GenesisClient],
    calls: Calls,
) -> int:
    """Say what is good and what is not, and return the exit code. Starts nothing."""
    settings = parsed.settings
    if settings is None:
        for problem in parsed.problems:
            provider.annotate(Level.ERROR, TITLE, problem)
        return ConfigError.exit_code
    count = len(settings.runs)
    provider.line(f"✔ The configuration is valid{f': {count} workflows' if count > 1 else ''}.")
    notices = (*parsed.notices, *(() if settings.runs else (NO_WORKFLOW,)))
    for notice in notices:
        provider.annotate(Level.NOTICE, TITLE, notice)
    if settings.api_key is None:
        provider.annotate(Level.NOTICE, TITLE, "There is no API key; missing-key: skip allows it.")
        return 0
    try:
        interrupted = _ask(make_client(settings), calls)
    except GenesisCiError as error:
        words = f"{error.message.rstrip('.')}. {error.hint or ''}".strip()
        provider.annotate(Level.ERROR, TITLE, words)
        return error.exit_code
    if interrupted is not None:
        provider.annotate(Level.ERROR, TITLE, "The check was interrupted. Nothing was started.")
        return interrupted
    provider.line(f"✔ {settings.api_url} accepts the API key. Nothing was started.")
    return 0


def _ask(client: GenesisClient, calls: Calls) -> int | None:
    """Check the key; return the exit code of a signal that came first, else None."""

    def check_key() -> str:
        client.check_key(timeout=CHECK_SECONDS)
        return ""

    calls.start(0, check_key, timeout=CHECK_SECONDS)
    while True:
        event = calls.next(timeout=CHECK_SECONDS)
        if isinstance(event, Interrupt):
            return event.exit_code
        if event and event.error:
            raise event.error
        if event:
            return None
