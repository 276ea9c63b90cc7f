"""Puts a job together from the real world: transport, threads, files, clock and CI."""

import os
import random
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from genesis_ci import __version__
from genesis_ci.api.client import GenesisClient
from genesis_ci.api.transport import RequestsTransport
from genesis_ci.calls import ThreadedCalls
from genesis_ci.check import check
from genesis_ci.config.settings import Parsed, Settings, Verb, parse_settings
from genesis_ci.config.sources import Given
from genesis_ci.delivery import Delivery
from genesis_ci.job import World, run_job
from genesis_ci.narration import Narrator
from genesis_ci.providers import empty_key_hint, job_url, provider_for
from genesis_ci.runner import Runner
from genesis_ci.secrets import Scrubber, Secret
from genesis_ci.signals import Signals
from genesis_ci.stdout import StandardOutput
from genesis_ci.workspace import Workspace

TERMINAL_TICK = 1.0
LOG_TICK = 60.0


class Composition:
    """The real world around one job.

    Args:
        environ: the process's environment.
        root: the workspace; reports go below it, files are read from it.
        signals: already installed.
    """

    def __init__(self, environ: Mapping[str, str], root: Path, signals: Signals) -> None:
        os.environ.pop("SSLKEYLOGFILE", None)
        self._environ = environ
        self._workspace = Workspace(root)
        self._signals = signals
        self._write = StandardOutput()
        self._provider = provider_for(
            environ, self._write, terminal=self._write.is_terminal, now=time.time
        )

    def run(
        self, verb: Verb, given: Mapping[str, Given], *, usage_problems: Sequence[str] = ()
    ) -> int:
        """Do what the verb says with the inputs and return the exit code."""
        parsed = parse_settings(
            given,
            verb=verb,
            read_file=self._workspace.read,
            empty_key_hint=empty_key_hint(self._environ),
            usage_problems=usage_problems,
        )
        scrub = Scrubber(parsed.secrets)
        self._provider.mask(scrub.values)
        if verb is Verb.CHECK:
            return check(parsed, self._provider, lambda settings: self._client(settings, scrub))
        return run_job(parsed, self._delivery(parsed), self._world(scrub))

    def _delivery(self, parsed: Parsed) -> Delivery:
        return Delivery(
            self._provider,
            self._workspace,
            report_dir=parsed.report_dir,
            with_summary=parsed.summary,
            output_block=parsed.settings.output_block if parsed.settings else None,
            colours=_shows_colours(self._environ, terminal=self._write.is_terminal),
        )

    def _world(self, scrub: Scrubber) -> World:
        return World(
            provider=self._provider,
            clock=time.monotonic,
            now=lambda: datetime.now(UTC),
            make_runner=lambda settings, narrator: self._runner(settings, narrator, scrub),
            job_url=job_url(self._environ),
        )

    def _runner(self, settings: Settings, narrator: Narrator, scrub: Scrubber) -> Runner:
        calls = ThreadedCalls(time.monotonic)
        self._signals.tell(calls.interrupt)
        return Runner(
            api=self._client(settings, scrub),
            calls=calls,
            clock=time.monotonic,
            jitter=random.SystemRandom().random,
            progress=narrator,
            tick=TERMINAL_TICK if self._write.is_terminal else LOG_TICK,
        )

    def _client(self, settings: Settings, scrub: Scrubber) -> GenesisClient:
        bundle = self._environ.get("REQUESTS_CA_BUNDLE") or self._environ.get("SSL_CERT_FILE")
        return GenesisClient(
            RequestsTransport(ca_bundle=bundle),
            api_url=settings.api_url,
            api_key=settings.api_key or Secret(""),
            user_agent=f"genesis-ci/{__version__} ({self._provider.name})",
            scrub=scrub,
        )


def _shows_colours(environ: Mapping[str, str], *, terminal: bool) -> bool:
    if environ.get("NO_COLOR"):
        return False
    in_ci = "true" in {environ.get("GITHUB_ACTIONS"), environ.get("GITLAB_CI")}
    return bool(environ.get("FORCE_COLOR")) or terminal or in_ci
