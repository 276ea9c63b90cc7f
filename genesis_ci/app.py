"""Wires the real world around a job: clock, threads, files, transport; also `check`, `demo`."""

import math
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from genesis_ci import __version__
from genesis_ci.api.client import GenesisClient
from genesis_ci.api.transport import RequestsTransport
from genesis_ci.config.settings import Parsed, Settings, parse_settings, reporting_of
from genesis_ci.config.sources import Given, from_command_line
from genesis_ci.errors import ConfigError, GenesisCiError
from genesis_ci.execution.runner import Runner
from genesis_ci.execution.workers import Calls, Interrupt, ThreadedCalls
from genesis_ci.job import World, run_job
from genesis_ci.log import SPINS_PER_SECOND, Narrator
from genesis_ci.models import Level, Verb
from genesis_ci.providers import provider_for
from genesis_ci.providers.base import Provider
from genesis_ci.providers.plain import Plain
from genesis_ci.publish import REPORTS, RESULT, Evidence
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.system.signals import Interrupted, Signals
from genesis_ci.system.stdout import LogWriter
from genesis_ci.system.workspace import Workspace

CA_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
TERMINAL_TICK = 1 / SPINS_PER_SECOND
LOG_TICK = 60.0


LOG_AFTER_SIGNAL = 1.0
"""Seconds that the log of an interrupted job waits for a slow reader."""


class Composition:
    """The real world around one job.

    Args:
        environ: the process's environment.
        root: the workspace; reports go below it, files are read from it.
        signals: already installed.
    """

    def __init__(self, environ: Mapping[str, str], root: Path, signals: Signals) -> None:
        self._environ = environ
        self._workspace = Workspace(root, warn=self._warn)
        self._signals = signals
        self._scrub = Scrubber(())
        self._log = LogWriter()
        self._provider = provider_for(
            environ,
            self._log,
            write_error=self._log.error,
            terminal=self._log.is_terminal,
            now=time.time,
        )

    def run(
        self,
        verb: Verb,
        given: Mapping[str, Given],
        *,
        usage_problems: Sequence[str] = (),
        attach_from: str | None = None,
    ) -> int:
        """Do what the verb says with the inputs and return the exit code."""
        evidence = Evidence(
            self._provider,
            self._workspace,
            reporting_of(given),
            colours=self._provider.colours,
            interruptible=self._signals.interruptible,
        )
        if usage_problems and self._log.is_terminal and self._provider.name == Plain.name:
            evidence.files = ()  # a person's slip: the reports of an earlier run are worth more
        elif attach_from is not None:
            evidence.files = [name for name in REPORTS if name != RESULT]

        def parse() -> Parsed:
            with self._signals.interruptible():
                parsed = self._parsed(verb, given, usage_problems, attach_from)
            self._scrub = Scrubber(parsed.secrets)
            self._provider.mask(self._scrub.values)
            if attach_from is not None:  # it has been read
                evidence.files = tuple(REPORTS)
            return parsed

        if verb is Verb.CHECK:
            code = self._check(parse)
        else:
            self._signals.before_hard_end(self._workspace.close)
            code = run_job(parse, evidence, self._world())
        self._end_log(code)
        return code

    def _check(self, parse: Callable[[], Parsed]) -> int:
        try:
            return check(parse(), self._provider, self._client, self._calls())
        except Interrupted:
            return interrupted_check(self._provider, self._interrupted() or 0)

    def _end_log(self, code: int) -> None:
        """Wait for the log to be read; after a signal not for long, and the process ends here."""
        self._await_readers()
        last = time.monotonic() + LOG_AFTER_SIGNAL
        if not self._log.wait(until=lambda: time.monotonic() >= last):
            os._exit(code)  # a write that is blocked would hold up the interpreter's end

    def _warn(self, words: str) -> None:
        self._provider.annotate(Level.WARNING, "genesis-ci", words)

    def _parsed(
        self,
        verb: Verb,
        given: Mapping[str, Given],
        usage_problems: Sequence[str],
        attach_from: str | None,
    ) -> Parsed:
        return parse_settings(
            given,
            verb=verb,
            read_file=self._workspace.read,
            environ=self._environ,
            attach_from=attach_from,
            empty_key_hint=self._provider.empty_key_hint,
            usage_problems=usage_problems,
        )

    def _world(self) -> World:
        return World(
            provider=self._provider,
            clock=time.monotonic,
            now=_now,
            make_runner=self._runner,
            job_url=self._provider.job_url,
            interrupted=self._interrupted,
            await_readers=self._await_readers,
        )

    def _await_readers(self) -> None:
        self._log.wait(until=lambda: self._interrupted() is not None)

    def _interrupted(self) -> int | None:
        return self._signals.exit_code

    def _runner(self, settings: Settings, narrator: Narrator) -> Runner:
        left = self._provider.seconds_left(_now())
        return Runner(
            api=self._client(settings),
            calls=self._calls(),
            clock=time.monotonic,
            jitter=random.SystemRandom().random,
            progress=narrator,
            plan=settings.plan,
            tick=TERMINAL_TICK if self._log.is_terminal else LOG_TICK,
            end_by=math.inf if left is None else time.monotonic() + left,
        )

    def _calls(self) -> ThreadedCalls:
        calls = ThreadedCalls(time.monotonic)
        self._signals.tell(calls.interrupt)
        return calls

    def _client(self, settings: Settings) -> GenesisClient:
        bundles = (self._environ.get(name) for name in CA_BUNDLES)
        return GenesisClient(
            RequestsTransport(ca_bundle=next(filter(None, bundles), None)),
            api_url=settings.api_url,
            api_key=settings.api_key or Secret(""),
            user_agent=f"genesis-ci/{__version__} ({self._provider.name})",
            scrub=self._scrub,
        )


def _now() -> datetime:
    return datetime.now(UTC)


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
            provider.annotate(
                Level.ERROR, TITLE, problem.words, file=problem.file, line=problem.line
            )
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
        return interrupted_check(provider, interrupted)
    provider.line(f"✔ {settings.api_url} accepts the API key. Nothing was started.")
    return 0


def interrupted_check(provider: Provider, exit_code: int) -> int:
    """Say that a signal ended the check, and return the exit code."""
    provider.annotate(Level.ERROR, TITLE, "The check was interrupted. Nothing was started.")
    return exit_code


def _ask(client: GenesisClient, calls: Calls) -> int | None:
    """Check the key; return the exit code of a signal that came first, else None."""
    calls.start(0, client.check_key(), timeout=CHECK_SECONDS)
    while True:
        event = calls.next(timeout=CHECK_SECONDS)
        if isinstance(event, Interrupt):
            return event.exit_code
        if event and event.error:
            raise event.error
        if event:
            return None


TARGET_URL = "https://preview.example.com"


@contextmanager
def emulated(scenario: str, flags: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Given]]:
    """Serve the emulator and yield the inputs that run the scenario on it.

    Flags of the user stay in force, but for server, key and workflow.
    """
    from genesis_ci.emulator.server import Emulator  # of an extra, which the image does not have

    with Emulator() as emulator:
        demo = {
            "api-url": emulator.url,
            "api-key": emulator.api_key,
            "workflow-id": emulator.workflows[scenario].id,
        }
        given = {"inputs": Given(f"target_url: {TARGET_URL}", "demo")}
        given |= from_command_line(flags, {})
        given |= {name: Given(value, "demo") for name, value in demo.items()}
        yield given
