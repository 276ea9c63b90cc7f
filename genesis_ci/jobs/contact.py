"""How a job reaches its forge: with a token, at an address to which the token may be sent."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from genesis_ci.config.addresses import api_url
from genesis_ci.config.input_types import api_key
from genesis_ci.document.problems import sentence
from genesis_ci.errors import ConfigError
from genesis_ci.forges import find_forge
from genesis_ci.forges.forge import Access, Forge
from genesis_ci.forges.rest import RestApi
from genesis_ci.forges.sender import OneCall, Sender
from genesis_ci.http.connection import Exchange, HttpCall
from genesis_ci.http.transport import Transport, unusable_proxy
from genesis_ci.language import _, fill, in_sequence
from genesis_ci.models.readiness import Deployment
from genesis_ci.models.report import Problem
from genesis_ci.redaction import Scrubber, Secret


class MakeSender(Protocol):
    """Returns a sender that has some seconds for all its requests, including retries.

    After a signal it has `after_signal` seconds; without them its requests are interrupted.
    """

    def __call__(self, seconds: float, *, after_signal: float | None = None) -> Sender: ...


class Contact(NamedTuple):
    """The environment of a job, the marker of its CI, and what makes senders of requests."""

    environ: Mapping[str, str]
    marker: str
    make_sender: MakeSender

    @property
    def forge(self) -> type[Forge] | None:
        return find_forge(self.marker, self.environ)

    def token(self, forge: type[Forge]) -> Secret:
        """Return the token of the environment; raise `ConfigError` without a usable one."""
        text = self.environ.get(forge.auth_variable, "").strip()
        if not text:
            words = fill("{variable} is empty.", variable=forge.auth_variable)
            raise _bad(in_sequence((words, _(forge.auth_advice))))
        try:
            return Secret(api_key(text))
        except ValueError as error:
            raise _bad(sentence(f"{forge.auth_variable}: {error}")) from None

    def connect(
        self,
        forge: type[Forge],
        token: Secret,
        sender: Sender | OneCall,
        scrub: Callable[[str], str],
        *,
        variable: str | None = None,
    ) -> Forge:
        """Return the forge with the token of a variable.

        Raise `ConfigError` if the token may not be sent to its address.
        """
        try:
            base = api_url(forge.address(self.environ), credential="token")
        except ValueError as error:
            words = fill("The address of {forge}'s API: {why}", forge=forge.name, why=error)
            raise _bad(sentence(words)) from None
        if base.startswith("https:") and (fault := unusable_proxy(base)):
            raise _bad(fault.despite_it)
        api = RestApi(
            name=forge.name,
            base=base,
            headers=forge.headers[variable or forge.auth_variable](token.reveal()),
            sender=sender,
            scrub=scrub,
            remedies={401: _(forge.wrong_token)},
            page_size=forge.page_size,
            size_name=forge.size_name,
        )
        return forge(self.environ, api)

    def deployments(
        self, access: Access, transport: Transport, scrub: Callable[[str], str], key: Secret | None
    ) -> Callable[[str], HttpCall[list[Deployment]]]:
        """Return what makes the calls that list the deployments to an environment.

        They are made in threads, without pauses. An address that contains the API key is left out:
        no variable may have the key.
        """
        kind, commit, variable, token = access
        sender = OneCall(transport, Exchange())
        forge = self.connect(kind, token, sender, scrub, variable=variable)
        scrub_key = Scrubber([key] if key else [])

        def listed(exchange: Exchange, environment: str) -> list[Deployment]:
            in_thread = forge.over(OneCall(transport, exchange))
            return [
                one if scrub_key(one.address) == one.address else one._replace(address="")
                for one in in_thread.deployments(commit, environment)
            ]

        return lambda environment: HttpCall(
            forge.api.base, lambda exchange: listed(exchange, environment)
        )


def _bad(words: str) -> ConfigError:
    return ConfigError([Problem(words=words)])
