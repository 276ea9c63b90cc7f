"""The two calls of the Genesis API. An answer becomes a value or a typed error."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple, TypeVar

from genesis_ci.api import codec
from genesis_ci.api.refusals import refusal_for
from genesis_ci.errors import ContactError, ProtocolError, RefusedError
from genesis_ci.http.connection import Exchange, HttpCall
from genesis_ci.http.transport import Request, Response, Transport
from genesis_ci.language import N_, _, fill
from genesis_ci.models.execution import Execution
from genesis_ci.redaction import Scrub, Secret

T = TypeVar("T")
Encode = Callable[[], bytes]
NO_EXECUTION = "00000000-0000-0000-0000-000000000000"
"""An id that no execution has: asking for it tests the key and starts nothing."""


class GenesisClient(NamedTuple):
    """The API guide's calls over a transport.

    Args:
        api_url: the base, without a trailing slash.
        scrub: removes secrets from text that the server sends back.
    """

    transport: Transport
    api_url: str
    api_key: Secret
    scrub: Scrub

    def trigger(self, workflow_id: str, variables: Mapping[str, str]) -> HttpCall[str]:
        """Return the call that starts an execution and returns its id."""
        encode = partial(codec.encode_variables, variables)
        decode = partial(codec.decode_trigger, scrub=self.scrub)
        return self._call(f"workflows/{workflow_id}/trigger", decode, encode)

    def execution(self, execution_id: str, before: Execution | None) -> HttpCall[Execution]:
        """Return the call that reads an execution's state; `before` is the latest answer."""
        decode = partial(
            codec.decode_execution, execution_id=execution_id, scrub=self.scrub, before=before
        )
        return self._call(f"executions/{execution_id}", decode)

    def check_key(self) -> HttpCall[bool]:
        """Return the call that asks whether Genesis accepts the key; it starts nothing.

        It fails if Genesis refuses the key or another server answers. False is an answer of Genesis
        that the guide does not describe for this request.
        """
        url = f"{self.api_url}/api/executions/{NO_EXECUTION}"

        def exchanged(exchange: Exchange) -> bool:
            try:
                body = self._body(url, exchange)
            except RefusedError as error:
                if error.fault and not error.unknown_run:
                    raise error.fault from None
                if error.status in {401, 403}:
                    raise
                return error.unknown_run
            codec.decode_execution(body, execution_id=NO_EXECUTION, scrub=self.scrub)
            return False

        return HttpCall(url, exchanged)

    def _call(
        self, path: str, decode: Callable[[bytes], T], encode: Encode | None = None
    ) -> HttpCall[T]:
        url = f"{self.api_url}/api/{path}"
        return HttpCall(url, lambda exchange: decode(self._body(url, exchange, encode)))

    def _body(self, url: str, exchange: Exchange, encode: Encode | None = None) -> bytes:
        headers = {"x-api-key": self.api_key.reveal(), "Accept": "application/json"}
        request = Request(method="GET", url=url, headers=headers)
        if encode:
            headers["Content-Type"] = "application/json"
            request = Request(method="POST", url=url, headers=headers, body=encode())
        response = self.transport.send(request, exchange)
        if 200 <= response.status < 300:
            return response.body
        if 300 <= response.status < 400:
            words = N_("The server answered with a redirect ({status}), which is never followed.")
            raise ProtocolError(fill(words, status=response.status))
        message = codec.decode_error_message(response.body, scrub=self.scrub)
        is_json = response.body.lstrip().startswith(b"{")
        fault = _fault(response, message, is_json=is_json)
        raise refusal_for(response.status, message, is_json=is_json, fault=fault) or fault


def _fault(response: Response, message: str, *, is_json: bool) -> ContactError:
    status, retry_after = response.status, response.retry_after
    limited = status == 429
    text = fill("The server answered {status}.", status=status)
    if message:
        text = fill("The server answered {status} ({message}).", status=status, message=message)
    if not (limited or status > 501 or (status == 500 and is_json)):  # from 502 on, a gateway
        return ProtocolError(text, retry_after=retry_after)
    # a proxy's own page may follow a request that it passed on
    is_page = bool(response.body.strip()) and not is_json
    return ContactError(
        text,
        reached=not limited,
        asks_to_retry=status == 503 and retry_after is not None and not is_page,
        retry_after=retry_after,
        limited=limited,
        hint=_("The server or a proxy before it is at fault; nothing has to be changed here."),
    )
