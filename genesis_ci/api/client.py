"""The two calls of the Genesis API. Every answer becomes a value or a typed error."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import NoReturn

from genesis_ci.api import codec
from genesis_ci.api.errors import GenesisRefusedError, Refusal, refusal_for
from genesis_ci.api.transport import Request, Response, Transport
from genesis_ci.errors import ContactError, ProtocolError
from genesis_ci.models import Execution
from genesis_ci.redaction import Secret

NO_EXECUTION = "00000000-0000-0000-0000-000000000000"
"""An id that no execution has: asking for it tests the key and starts nothing."""

_SECONDS = re.compile(r"[0-9]{1,9}")


class GenesisClient:
    """Speaks the API guide over a transport.

    Args:
        api_url: the base, without a trailing slash.
        user_agent: sent with every request; Genesis shows it in an execution's metadata.
        scrub: removes secrets from text that the server sends back.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        api_url: str,
        api_key: Secret,
        user_agent: str,
        scrub: codec.Scrub,
    ) -> None:
        self._transport = transport
        self._api_url = api_url
        self._api_key = api_key
        self._user_agent = user_agent
        self._scrub = scrub

    def trigger(self, workflow_id: str, variables: Mapping[str, str], *, timeout: float) -> str:
        """Start a run and return its execution id. Sends exactly one request.

        Raises:
            GenesisRefusedError: Genesis refused; no run was started.
            ContactError: no usable answer; `reached` says whether a run may have started.
        """
        body = codec.encode_variables(variables)
        response = self._send("POST", f"/api/workflows/{workflow_id}/trigger", body, timeout)
        self._raise_for(response)
        return codec.decode_trigger(response.body, scrub=self._scrub)

    def execution(self, execution_id: str, *, timeout: float) -> Execution:
        """Return the state of a run.

        Raises:
            GenesisRefusedError: Genesis refused (key, permission, unknown id).
            ContactError: no usable answer.
        """
        response = self._send("GET", f"/api/executions/{execution_id}", None, timeout)
        self._raise_for(response)
        return codec.decode_execution(response.body, asked_id=execution_id, scrub=self._scrub)

    def check_key(self, *, timeout: float) -> None:
        """Return when Genesis accepts the key; starts nothing. Raises as `execution` does."""
        try:
            self.execution(NO_EXECUTION, timeout=timeout)
        except GenesisRefusedError as error:
            if error.refusal is not Refusal.EXECUTION_NOT_FOUND:
                raise

    def _send(self, method: str, path: str, body: bytes | None, timeout: float) -> Response:
        headers = {
            "x-api-key": self._api_key.reveal(),
            "User-Agent": self._user_agent,
            "Accept": "application/json",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = Request(method=method, url=self._api_url + path, headers=headers, body=body)
        return self._transport.send(request, timeout=timeout)

    def _raise_for(self, response: Response) -> None:
        if 200 <= response.status < 300:
            return
        if 300 <= response.status < 400:
            raise ProtocolError(
                f"The server answered with a redirect ({response.status}), which is never followed."
            )
        message = codec.decode_error_message(response.body, scrub=self._scrub)
        refused = refusal_for(response.status, message)
        if refused:
            raise refused
        _raise_fault(response, message)


def _raise_fault(response: Response, message: str) -> NoReturn:
    retry_after = _retry_after(response.headers)
    told_to_come_back = response.status == 503 and retry_after is not None
    said = f" ({message})" if message else ""
    raise ContactError(
        f"The server answered {response.status}{said}.",
        reached=not (response.status == 429 or told_to_come_back),
        retry_after=retry_after,
        hint="The server or a proxy before it is at fault; nothing has to be changed here.",
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, as the server asks; a date counts from the server's own `Date`."""
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        since = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - since).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
