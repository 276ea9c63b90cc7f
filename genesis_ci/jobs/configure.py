"""Makes the settings of a job from its command and inputs, and asks the forge for the rest."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from genesis_ci.config.expect import TryOut
from genesis_ci.config.input_types import is_key
from genesis_ci.config.reader import Reader
from genesis_ci.config.settings import Settings, parse_settings
from genesis_ci.config.sources import Given
from genesis_ci.config.task import Task
from genesis_ci.document.problems import Mistake
from genesis_ci.errors import GenesisCiError, reason_of
from genesis_ci.language import N_, fill
from genesis_ci.models.change import Change
from genesis_ci.models.workflow import Verb
from genesis_ci.providers.base import Provider
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.system.key_file import read_key
from genesis_ci.system.signals import Interrupted, Signals

if TYPE_CHECKING:
    from genesis_ci.jobs.contact import Contact

SECONDS = 30.0
"""For all requests that look for the job's request, with the pauses between them."""


class JobCommand(NamedTuple):
    """What a job does, and what its command line says beside the inputs.

    `attach_from` is the path of an earlier job's result.json, whose runs the job attaches to.
    `key_file` has the API key. `problems` are those of the command line. `check` writes a JSON
    document if `as_json`, and sends no request if `offline`. `closing` is a marked sentence for the
    end of the log.
    """

    verb: Verb
    attach_from: str | None = None
    key_file: str | None = None
    problems: Sequence[str] = ()
    as_json: bool = False
    offline: bool = False
    closing: str = ""

    def attaching(self, inputs: Reader) -> "JobCommand":
        """Return the command for the runs that the input `from` names."""
        if not inputs.has("from") or self.verb is Verb.WAIT:
            return self
        return self._replace(verb=Verb.WAIT, attach_from=inputs.text("from"))


class ConfigureIO(NamedTuple):
    """What surrounds a job: environment, CI, signals, and `make_contact` to its forge.

    `read` returns the reader of the inputs, with a further source. `try_out` checks queries and
    patterns. `find_config` returns the path of a file that may be a config file in the wrong place,
    `list_files` the files of the repository if all are here.
    """

    read: Callable[..., Reader]
    environ: Mapping[str, str]
    provider: Provider
    signals: Signals
    make_contact: "Callable[[], Contact]"
    try_out: TryOut
    find_config: Callable[[], str | None]
    list_files: Callable[[], Sequence[str]]


def configure(inputs: Reader, command: JobCommand, io: ConfigureIO) -> Settings:
    """Return the settings of a job, with every problem; raise `Interrupted` for a signal.

    Call it after the first reports are written: the key may come from a pipe that never ends.
    """
    verb, path = command.attaching(inputs)[:2]
    with io.signals.interruptible():
        if io.signals.exit_code is not None:  # while the first reports were written
            raise Interrupted(io.signals.exit_code)
        key, unread_key = _key_in(command.key_file)
        problems = (*command.problems, *unread_key)
        reader = io.read(*key)
        if command.verb is Verb.TRIGGER and verb is Verb.WAIT:
            words = "it attaches to the runs of an earlier job, and trigger starts new ones"
            advice = "drop it, or use wait"
            reader.problems.append(Mistake(f"{words}; {advice}.", subject="from", input="from"))
        task = Task(
            verb=verb,
            environ=io.environ,
            attach_from=path,
            change=io.provider.change if command.offline else _change(inputs, io),
            try_out=io.try_out,
            ci=io.provider.marker,
            empty_key_hint=io.provider.empty_key_hint,
            find_config=io.find_config,
            usage_problems=problems,
            key_is_reported=command.offline or bool(problems),
        )
        settings = parse_settings(reader, task)
    io.provider.mask(settings.scrub.values)
    if not any(one.paths for one in settings.workflows):
        return settings
    from genesis_ci.jobs.changed_files import select, with_warnings  # few jobs need it

    if command.verb is Verb.CHECK:
        settings = with_warnings(settings, io.list_files())
    return select(settings, io.provider.change, None if command.offline else io.make_contact())


def _key_in(key_file: str | None) -> tuple[Sequence[Mapping[str, Given]], Sequence[str]]:
    """Return the source that the key of a file is, and the problem if it cannot be read."""
    if not key_file:
        return (), ()
    try:
        return [{"api-key": Given(read_key(key_file), "--api-key-file")}], ()
    except (OSError, ValueError) as error:
        text = N_(
            "--api-key-file: the key cannot be read: {reason}. Write the path of a file that holds "
            "it, or - for standard input."
        )
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        return (), [fill(text, reason=reason)]


def _change(inputs: Reader, io: ConfigureIO) -> Change:
    """Return the change under test, with the request that the forge has if no event names it."""
    change = io.provider.change
    if change.request or not io.provider.request_is_on_forge:
        return change
    contact = io.make_contact()
    forge = contact.forge
    if forge is None:
        return change
    text = inputs.text("github-token") or io.environ.get(forge.auth_variable, "")
    if not is_key(text):
        return change
    token, sender = Secret(text), contact.make_sender(SECONDS)
    with suppress(GenesisCiError):
        connected = contact.connect(forge, token, sender, Scrubber([token]))
        if not forge.comment_target(io.environ).nothing:
            numbers = connected.requests()
            change = change._replace(request=numbers[0] if len(numbers) == 1 else None)
    return change
