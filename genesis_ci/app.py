"""Connects a job with the real clock, threads, files and transport."""

import math
import os
import random
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from genesis_ci import __version__
from genesis_ci.api.client import GenesisClient
from genesis_ci.config.config_file import CONFIG_NAMES
from genesis_ci.config.reader import Reader
from genesis_ci.config.settings import Reporting, Settings, read_reporting
from genesis_ci.config.sources import Given, from_environment
from genesis_ci.document.problems import Mistake
from genesis_ci.earlier_job import recorded
from genesis_ci.errors import ConfigError, GenesisCiError
from genesis_ci.execution.loop import Loop
from genesis_ci.execution.workers import ThreadedCalls
from genesis_ci.http.pages import Pages
from genesis_ci.http.transport import Transport, unusable_proxy
from genesis_ci.jobs.configure import ConfigureIO, JobCommand, configure
from genesis_ci.jobs.publish import REPORTS, Publisher, unwritable
from genesis_ci.jobs.run import RunIO, SaveIds, run_job
from genesis_ci.language import _, fill, speak
from genesis_ci.models.report import PROGRAM, Annotation, Level, Problem
from genesis_ci.models.workflow import Verb
from genesis_ci.providers import provider_class
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.reporters.log import SPINS_PER_SECOND, JobLog
from genesis_ci.system.checkout import checked_out, files_of
from genesis_ci.system.signals import Signals
from genesis_ci.system.stdout import LogWriter
from genesis_ci.system.workspace import Workspace

if TYPE_CHECKING:
    from genesis_ci.checks.child import Child
    from genesis_ci.config.sources import FindUnknown
    from genesis_ci.forges.forge import Forge
    from genesis_ci.forges.sender import Sender
    from genesis_ci.jobs.contact import Contact

CA_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


class App:
    """Connects one job with clock, threads, files and transport.

    Reports are written and files are read below `root`, the workspace. The `signals` are installed
    already. If `quiet`, the log has only errors and the last line. If `prints_result`, it is on
    standard error, because standard output has the result and nothing else. `program` returns what
    a person types in this shell to start it again. `clock` returns monotonic seconds.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        root: Path,
        signals: Signals,
        *,
        quiet: bool = False,
        prints_result: bool = False,
        program: Callable[[], str] = lambda: PROGRAM,
        log: LogWriter | None = None,
        clock: Callable[[], float] = time.monotonic,
        make_calls: Callable[[Callable[[], float]], ThreadedCalls] = ThreadedCalls,
    ) -> None:
        self._environ = environ
        self._root = root
        self._workspace = Workspace(root, warn=self._warn)
        self._signals = signals
        self._log = log or LogWriter()
        self._clock = clock
        self._make_calls = make_calls
        self._at_end = ExitStack()
        self._ahead: dict[str, str | OSError | ValueError] = {}
        self._provider = provider_class(environ)(
            environ,
            self._log.error if prints_result else self._log,
            columns=self._log.columns,
            now=time.time,
            quiet=quiet,
            checkout=partial(checked_out, root),
        )
        self._program = program() if self._provider.is_shell else PROGRAM

    def run(
        self,
        command: JobCommand,
        *layers: Mapping[str, Given],
        find_unknown: "FindUnknown | None" = None,
    ) -> int:
        """Run the command of a job and return the exit code.

        `layers` are the sources of the inputs, the weakest first.
        """
        today = datetime.now(UTC).date()
        make_reader = partial(Reader, *layers, read_file=self._read, today=today)
        inputs = make_reader()
        reporting = read_reporting(inputs)
        notices = tuple(speak(reporting.language, self._log.can_show))
        unknown = [*find_unknown(inputs.peek("expose") or ())] if find_unknown else []

        def read(*key: Mapping[str, Given]) -> Reader:
            reader = make_reader(*key)
            reader.notices += notices
            reader.warnings += [one.words for one in unknown if not one.is_error]
            reader.problems += [Mistake(one.words) for one in unknown if one.is_error]
            return reader

        io = ConfigureIO(
            read=read,
            environ=self._environ,
            provider=self._provider,
            signals=self._signals,
            make_contact=self._contact,
            try_out=lambda tried: self._child.expression_problems(tried),  # noqa: PLW0108
            find_config=lambda: self._workspace.nearest(CONFIG_NAMES),
            list_files=partial(files_of, self._root),
        )
        parse = partial(configure, inputs, command, io)
        if command.verb is Verb.CHECK:
            code = self._check(parse, reporting, command)
        else:
            earlier = command.attaching(inputs).attach_from or inputs.text("failed-from")
            code = self._run(parse, self._publisher(reporting, command), earlier)
        self._at_end.close()
        self._end_log(code)
        return code

    def _publisher(self, reporting: Reporting, command: JobCommand) -> Publisher:
        # a misspelt command of a person does not replace the reports of an earlier run
        is_shell = self._log.is_terminal and self._provider.is_shell
        return Publisher(
            self._provider,
            self._workspace,
            reporting,
            files=() if command.problems and is_shell else tuple(REPORTS),
            interruptible=self._signals.interruptible,
            closing=command.closing,
            program=self._program,
        )

    def _run(self, parse: Callable[[], Settings], publisher: Publisher, earlier: str) -> int:
        """Run a job; `earlier` is the path of an earlier job's file."""
        self._signals.before_hard_end(self._workspace.close)
        io = RunIO(
            publisher=publisher,
            provider=self._provider,
            clock=self._clock,
            now=lambda: datetime.now(UTC).astimezone(),
            make_loop=self._loop,
            signalled=lambda: self._signals.exit_code,
            connect=self._connect,
            confirm_key=self._confirm_key,
            await_readers=self._await_readers,
            earlier_job=recorded(self._read_ahead(earlier)),
        )
        return run_job(parse, io)

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

    def _check(
        self, parse: Callable[[], Settings], reporting: Reporting, command: JobCommand
    ) -> int:
        from genesis_ci.jobs.check import check_job

        code = check_job(
            parse,
            reporting,
            unwritable=unwritable(reporting.report_dir, self._workspace.refusal),
            provider=self._provider,
            confirm_key=None if command.offline else self._confirm_key,
            write=self._log if command.as_json else None,
        )
        return self._if_printed(code, "check", _("plan")) if command.as_json else code

    def _confirm_key(self, settings: Settings) -> bool:
        from genesis_ci.jobs.check import confirm_key

        return confirm_key(self._client(settings, self._transport()), self._calls())

    def _if_printed(self, code: int, command: str, what: str) -> int:
        """Return the exit code of a command whose result is on standard output."""
        if self._await_readers() and self._log.broken and not code:
            words = fill(
                "genesis-ci {command}: standard output cannot be written, so the {what} is lost. "
                "Look for a full disk or a closed pipe.",
                command=command,
                what=what,
            )
            self._log.error(f"{words}\n")
            return GenesisCiError.exit_code
        return code

    def comment(self, options: Mapping[str, str]) -> int:
        """Comment with the options of the command, and return the exit code."""
        self._speak_until_the_file_is_read()
        from genesis_ci.jobs.comment import CommentIO, comment

        io = CommentIO(
            contact=self._contact(),
            read_file=self._workspace.read,
            provider=self._provider,
            speak=partial(speak, can_show=self._log.can_show),
        )
        code = comment(options, io)
        self._end_log(code)
        return code

    def show(self, path: str, *, failures: bool) -> int:
        """Print the result of a job, and return its exit code."""
        self._speak_until_the_file_is_read()
        from genesis_ci.jobs.show import show

        code = show(
            path,
            failures=failures,
            plain=self._log.is_terminal,
            environ=self._environ,
            read_file=self._workspace.read,
            provider=self._provider,
            speak=partial(speak, can_show=self._log.can_show),
            write=self._log,
            program=self._program,
        )
        code = self._if_printed(code, "show", _("result"))
        code = self._signals.exit_code or code
        self._end_log(code)
        return code

    def init(self, options: Mapping[str, str]) -> int:
        """Write a config file from the result of a job, and return the exit code."""
        self._speak_until_the_file_is_read()
        from genesis_ci.jobs.init import InitIO, init

        io = InitIO(
            read_file=self._workspace.read,
            write_file=self._workspace.write,
            exists=lambda name: (self._root / name).exists(),
            judge=lambda checks, blocks: self._child.call(checks, blocks, scrub=str).run(),
            try_out=lambda tried: self._child.expression_problems(tried),  # noqa: PLW0108
            provider=self._provider,
            speak=partial(speak, can_show=self._log.can_show),
            write=self._log,
            program=self._program,
        )
        code = self._if_printed(init(options, io), "init", _("file"))
        self._at_end.close()
        code = self._signals.exit_code or code
        self._end_log(code)
        return code

    def _speak_until_the_file_is_read(self) -> None:
        reader = Reader(from_environment(self._environ), read_file=self._read)
        tuple(speak(read_reporting(reader).language, self._log.can_show))

    def _contact(self) -> "Contact":
        from genesis_ci.jobs.contact import Contact  # few jobs need it

        return Contact(self._environ, self._provider.marker, self._sender)

    def _connect(
        self,
        forge: "type[Forge]",
        token: Secret,
        scrub: Scrubber,
        seconds: float,
        after_signal: float,
    ) -> "Forge":
        contact = self._contact()
        sender = contact.make_sender(seconds, after_signal=after_signal)
        return contact.connect(forge, token, sender, scrub)

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
            and self._contact().deployments(
                settings.access, transport, settings.scrub, settings.api_key
            ),
            judge=lambda checks, blocks: self._child.call(checks, blocks, scrub=settings.scrub),
            calls=self._calls(),
            clock=self._clock,
            jitter=random.SystemRandom().random,
            progress=log,
            scrub=settings.scrub,
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
        variable = next(filter(self._environ.get, CA_BUNDLES), CA_BUNDLES[0])
        return Transport(
            ca_bundle=self._environ.get(variable),
            ca_variable=variable,
            user_agent=f"genesis-ci/{__version__} ({self._provider.name})",
        )

    def _client(self, settings: Settings, transport: Transport) -> GenesisClient:
        if settings.api_url.startswith("https:") and (fault := unusable_proxy(settings.api_url)):
            raise ConfigError([Problem(words=fault.despite_it)])
        return GenesisClient(
            transport,
            api_url=settings.api_url,
            api_key=settings.api_key or Secret(""),
            scrub=settings.scrub,
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
