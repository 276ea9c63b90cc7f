"""Connects a job with the real clock, threads, files and transport; also for `demo`."""

import math
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from genesis_ci import __version__
from genesis_ci.api.client import GenesisClient
from genesis_ci.config.config_file import CONFIG_NAMES
from genesis_ci.config.earlier_job import recorded
from genesis_ci.config.input_types import is_key
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.reader import Reader
from genesis_ci.config.settings import (
    Reporting,
    ReviewStatus,
    Settings,
    parse_settings,
    read_reporting,
)
from genesis_ci.config.sources import Given, from_flags, unknown_variables
from genesis_ci.config.task import Task
from genesis_ci.errors import GenesisCiError
from genesis_ci.execution.loop import Loop
from genesis_ci.execution.workers import ThreadedCalls
from genesis_ci.http.pages import Pages
from genesis_ci.http.transport import Transport
from genesis_ci.jobs.publish import REPORTS, Publisher, unwritable
from genesis_ci.jobs.review_status import post_status
from genesis_ci.jobs.run import RunIO, SaveIds, run_job
from genesis_ci.language import N_, Language, _, fill, use
from genesis_ci.models.change import Change
from genesis_ci.models.report import Annotation, Level, Verdict
from genesis_ci.models.workflow import Verb
from genesis_ci.providers import provider_class
from genesis_ci.providers.plain import Plain
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.reporters.log import SPINS_PER_SECOND, JobLog
from genesis_ci.system.checkout import checked_out
from genesis_ci.system.key_file import read_key
from genesis_ci.system.signals import Interrupted, Signals
from genesis_ci.system.stdout import LogWriter
from genesis_ci.system.workspace import Workspace

if TYPE_CHECKING:
    from genesis_ci.checks.child import Child
    from genesis_ci.forges.sender import Sender
    from genesis_ci.jobs.contact import Contact

ALLOW_HTTP = BY_NAME["allow-http"].environment_name
CA_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
WITHOUT_REQUEST = ("deployment_status", "workflow_run")
"""GitHub's events for which the API finds the pull request."""
DEMO_INPUTS = {"flaky": {"attempts": "2"}}
"""The inputs that a scenario of the demo needs beside its workflow."""


class App:
    """Connects one job with clock, threads, files and transport.

    Reports are written and files are read below `root`, the workspace. The `signals` are installed
    already. If `quiet`, the log has only errors and the last line. `clock` returns monotonic
    seconds.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        root: Path,
        signals: Signals,
        *,
        quiet: bool = False,
        log: LogWriter | None = None,
        clock: Callable[[], float] = time.monotonic,
        make_calls: Callable[[Callable[[], float]], ThreadedCalls] = ThreadedCalls,
    ) -> None:
        self._environ = environ
        self._workspace = Workspace(root, warn=self._warn)
        self._signals = signals
        self._scrub = Scrubber(())
        self._allow_http = environ.get(ALLOW_HTTP, "").strip()
        self._log = log or LogWriter()
        self._clock = clock
        self._make_calls = make_calls
        self._at_end = ExitStack()
        self._ahead: dict[str, str | OSError | ValueError] = {}
        self._make_provider = partial(
            provider_class(environ),
            environ,
            columns=self._log.columns,
            now=time.time,
            quiet=quiet,
            checkout=partial(checked_out, root),
        )
        self._provider = self._make_provider(self._log)

    def run(
        self,
        verb: Verb,
        *layers: Mapping[str, Given],
        usage_problems: Sequence[str] = (),
        attach_from: str | None = None,
        key_file: str | None = None,
        warnings: Iterable[str] = (),
        as_json: bool = False,
        offline: bool = False,
    ) -> int:
        """Run the command of a job and return the exit code.

        `layers` are the sources of the inputs, the weakest first, and `warnings` are about them.
        The key is read from `key_file` after the first reports are written, because that may never
        end. `check` writes a JSON document if `as_json`, and sends no request if `offline`.
        """
        if as_json:  # standard output has the document and nothing else
            self._provider = self._make_provider(self._log.error)
        read = partial(Reader, read_file=self._read, today=datetime.now(UTC).date())
        inputs = read(*layers)
        is_check = verb is Verb.CHECK
        if verb in {Verb.RUN, Verb.CHECK} and inputs.has("from"):
            verb, attach_from = Verb.WAIT, inputs.text("from")
        # the forge's address follows the same rule as api-url, whatever gives allow-http
        self._allow_http = inputs.allow_http or ""
        reporting = read_reporting(inputs)
        notices = tuple(self._speak(reporting.language))

        def parse() -> Settings:
            with self._signals.interruptible():
                if self._signals.exit_code is not None:  # while the first reports were written
                    raise Interrupted(self._signals.exit_code)
                key, unread_key = _key_in(key_file)
                reader = read(*layers, *key)
                reader.notices += notices
                reader.warnings += warnings
                task = Task(
                    verb=verb,
                    environ=self._environ,
                    attach_from=attach_from,
                    change=self._change(inputs),
                    try_out=lambda tried: self._child.expression_problems(tried),  # noqa: PLW0108
                    ci=self._provider.marker,
                    empty_key_hint=self._provider.empty_key_hint,
                    find_config=lambda: self._workspace.nearest(CONFIG_NAMES),
                    usage_problems=(*usage_problems, *unread_key),
                    key_is_reported=offline or bool(usage_problems or unread_key),
                )
                settings = parse_settings(reader, task)
            self._scrub = settings.scrub
            self._provider.mask(self._scrub.values)
            return self._selected(settings, offline=offline)

        if is_check:
            code = self._check(parse, reporting, as_json=as_json, offline=offline)
        else:
            # a misspelt command of a person does not replace the reports of an earlier run
            is_slip = usage_problems and self._log.is_terminal and self._provider.name == Plain.name
            publisher = Publisher(
                self._provider,
                self._workspace,
                reporting,
                files=() if is_slip else tuple(REPORTS),
                interruptible=self._signals.interruptible,
            )
            self._signals.before_hard_end(self._workspace.close)
            io = RunIO(
                provider=self._provider,
                clock=self._clock,
                now=lambda: datetime.now(UTC).astimezone(),
                make_loop=self._loop,
                signalled=lambda: self._signals.exit_code,
                post_status=self._post_status,
                confirm_key=self._confirm_key,
                await_readers=self._await_readers,
                earlier=recorded(self._read_ahead(attach_from or inputs.text("failed-from"))),
            )
            code = run_job(parse, publisher, io)
        self._at_end.close()
        self._end_log(code)
        return code

    def _read_ahead(self, path: str) -> str:
        """Read the file of an earlier job, which may be one that this job replaces at its start."""
        try:
            self._ahead[path] = text = self._workspace.read(path) if path else ""
        except (OSError, ValueError) as error:
            self._ahead[path], text = error, ""
        return text

    def _read(self, path: str) -> str:
        found = self._ahead.pop(path, None)
        if isinstance(found, Exception):
            raise found
        return self._workspace.read(path) if found is None else found

    def _speak(self, language: Language) -> Iterator[str]:
        """Use a language for all texts; yield why it is English instead of that."""
        if not use(language):
            yield (
                f"language: this installation has no readable texts in {language}, so they are in "
                "English. Install a release of genesis-ci."
            )
        elif not self._log.can_show(_(Verdict.PASSED)):
            use(Language.ENGLISH)
            yield (
                f"language: the encoding of this terminal has no characters for {language}, so the "
                "texts are in English. Set a locale with UTF-8."
            )

    def _selected(self, settings: Settings, *, offline: bool) -> Settings:
        """Return the settings without the workflows that the changed files leave out."""
        if not any(one.paths for one in settings.workflows):
            return settings
        from genesis_ci.jobs.changed_files import select

        return select(settings, self._provider.change, None if offline else self._contact)

    def _check(
        self, parse: Callable[[], Settings], reporting: Reporting, *, as_json: bool, offline: bool
    ) -> int:
        from genesis_ci.jobs.check import check_job

        code = check_job(
            parse,
            reporting,
            unwritable=unwritable(reporting.report_dir, self._workspace.refusal),
            provider=self._provider,
            confirm_key=None if offline else self._confirm_key,
            write=self._log if as_json else None,
        )
        return self._if_printed(code, "check", _("plan")) if as_json else code

    def _confirm_key(self, settings: Settings) -> bool:
        from genesis_ci.jobs.check import confirm_key

        return confirm_key(self._client(settings, self._transport()), self._calls())

    def _if_printed(self, code: int, command: str, what: str) -> int:
        """Return the exit code of a command whose result is on standard output."""
        if self._await_readers() and self._log.broken and not code:
            text = N_(
                "genesis-ci {command}: standard output cannot be written, so the {what} is lost. "
                "Look for a full disk or a closed pipe."
            )
            self._log.error(f"{fill(text, command=command, what=what)}\n")
            return GenesisCiError.exit_code
        return code

    def comment(self, options: Mapping[str, str]) -> int:
        """Comment with the options of the command, and return the exit code."""
        from genesis_ci.forges import FORGES
        from genesis_ci.jobs.comment import CommentIO, comment

        provider = self._provider
        tokens = (self._environ.get(forge.auth_variable) for forge in FORGES)
        provider.mask([token for token in tokens if token])
        for words in unknown_variables(self._environ):
            self._warn(words)
        io = CommentIO(
            contact=self._contact,
            read_file=self._workspace.read,
            provider=provider,
            speak=self._speak,
            report_url=options.get("--report-url", ""),
        )
        try:
            name, as_issue = options.get("--name"), "--issue" in options
            code = comment(options["--from"], name, io, as_issue=as_issue)
        except Interrupted as signal:
            code = signal.exit_code
            provider.error(_("Interrupted; it may be written or not. Run the command again."))
        self._end_log(code)
        return code

    def show(self, path: str, *, failures: bool) -> int:
        """Print the result of a job, and return its exit code."""
        from genesis_ci.jobs.show import show

        # standard output has the result and nothing else
        self._provider = self._make_provider(self._log.error)
        for words in unknown_variables(self._environ):
            self._warn(words)
        code = show(
            path,
            failures=failures,
            environ=self._environ,
            read_file=self._workspace.read,
            provider=self._provider,
            speak=self._speak,
            write=self._log,
        )
        code = self._if_printed(code, "show", _("result"))
        code = self._signals.exit_code or code
        self._end_log(code)
        return code

    def _post_status(self, review: ReviewStatus, status: Mapping[str, str]) -> None:
        self._provider.line(post_status(review, status, self._contact, self._scrub))

    def _change(self, inputs: Reader) -> Change:
        """Return the change under test, with the request that GitHub's API has if no event does."""
        change = self._provider.change
        token = inputs.text("github-token") or self._environ.get("GITHUB_TOKEN", "")
        is_known = change.request or self._environ.get("GITHUB_EVENT_NAME") not in WITHOUT_REQUEST
        if is_known or not is_key(token):
            return change
        from genesis_ci.forges.github_api import GitHub

        sender, scrub = self._sender(30.0), Scrubber([Secret(token)])
        with suppress(GenesisCiError):
            if GitHub.comment_target(self._environ).nothing:
                return change
            numbers = self._contact.connect(GitHub, Secret(token), sender, scrub).requests()
            change = change._replace(request=numbers[0] if len(numbers) == 1 else None)
        return change

    @cached_property
    def _contact(self) -> "Contact":
        from genesis_ci.jobs.contact import Contact  # few jobs need it

        return Contact(self._environ, self._provider.marker, self._sender, self._allow_http)

    def _sender(self, seconds: float, *, after_signal: float | None = None) -> "Sender":
        from genesis_ci.forges.sender import Sender

        is_ending = after_signal is not None and self._signals.exit_code is not None
        calls = self._make_calls(self._clock) if is_ending else self._calls()
        seconds = after_signal if is_ending and after_signal else seconds
        return Sender(self._transport(), calls, clock=self._clock, seconds=seconds)

    def _loop(self, settings: Settings, log: JobLog, save_ids: SaveIds) -> Loop:
        left = self._provider.seconds_left(datetime.now(UTC))
        transport = self._transport()
        return Loop(
            api=self._client(settings, transport),
            pages=Pages(transport),
            deployments=settings.access
            and self._contact.deployments(
                settings.access, transport, settings.scrub, settings.api_key
            ),
            judge=lambda checks, blocks: self._child.call(checks, blocks, scrub=self._scrub),
            calls=self._calls(),
            clock=self._clock,
            jitter=random.SystemRandom().random,
            progress=log,
            scrub=self._scrub,
            save_ids=save_ids,
            plan=settings.plan,
            tick=1 / SPINS_PER_SECOND if self._log.is_terminal else 60.0,
            end_by=math.inf if left is None else self._clock() + left,
        )

    @cached_property
    def _child(self) -> "Child":
        from genesis_ci.checks.child import Child  # most jobs have nothing to judge

        child = Child()
        self._at_end.callback(child.end)
        return child

    def _calls(self) -> ThreadedCalls:
        calls = self._make_calls(self._clock)
        self._signals.subscribe(calls.interrupt)
        return calls

    def _transport(self) -> Transport:
        bundles = (self._environ.get(name) for name in CA_BUNDLES)
        return Transport(
            ca_bundle=next(filter(None, bundles), None),
            user_agent=f"genesis-ci/{__version__} ({self._provider.name})",
        )

    def _client(self, settings: Settings, transport: Transport) -> GenesisClient:
        return GenesisClient(
            transport,
            api_url=settings.api_url,
            api_key=settings.api_key or Secret(""),
            scrub=self._scrub,
        )

    def _warn(self, words: str) -> None:
        self._provider.annotate(Annotation(level=Level.WARNING, message=words))

    def _await_readers(self) -> bool:
        return self._log.wait(is_over=lambda: self._signals.exit_code is not None)

    def _end_log(self, code: int) -> None:
        """Wait until the log is read; after a signal for a second, and then end the process."""
        self._await_readers()
        last = time.monotonic() + 1.0
        if not self._log.wait(is_over=lambda: time.monotonic() >= last):
            os._exit(code)  # a blocked write would delay the interpreter's end


def _key_in(key_file: str | None) -> tuple[Sequence[Mapping[str, Given]], Sequence[str]]:
    """Return the source that the key of a file is, and the problem if it cannot be read."""
    if not key_file:
        return (), ()
    try:
        return [{"api-key": Given(read_key(key_file), "--api-key-file")}], ()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        advice = "Write the path of a file that holds it, or - for standard input."
        return (), [f"--api-key-file: the key cannot be read: {reason}. {advice}"]


@contextmanager
def emulated(scenario: str, flags: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Given]]:
    """Serve the emulator and yield the inputs that run the scenario on it.

    The user's flags are kept, except for server, key and workflow.
    """
    from genesis_emulator import Emulator  # an extra that no image has

    with Emulator() as emulator:
        fixed = {
            "api-url": emulator.url,
            "api-key": emulator.api_key,
            "workflow-id": emulator.workflows[scenario].id,
        }
        target = "target_url: https://preview.example.com"
        defaults = {"inputs": target, **DEMO_INPUTS.get(scenario, {})}
        yield _of_demo(defaults) | from_flags(flags) | _of_demo(fixed)


def _of_demo(texts: Mapping[str, str]) -> dict[str, Given]:
    return {name: Given(text, "demo") for name, text in texts.items()}
