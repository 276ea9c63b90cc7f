"""The two endpoints of the guide, with its checks in their order, and the answer to other paths.

The key comes first, so that a client without one learns nothing. The id's form comes before the
lookup, the lookup before the organization (which only a found workflow has), and the project
last, because it belongs to the workflow and not to the caller. The body comes after them.
"""

import json
from collections.abc import Awaitable, Callable, Collection
from enum import Enum
from hashlib import sha256
from typing import NoReturn

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from genesis_emulator.connection import connection_of
from genesis_emulator.emulation import Emulation, Received, UnknownExecutionError
from genesis_emulator.fields import normal_id
from genesis_emulator.responses import Answer, NoAnswer, encode, error_answer, faulty
from genesis_emulator.scenario import ApiKey, Endpoint, Fault, Scenario, Workflow, workflow_by_id

LIMIT = 10 * 1024 * 1024
"""The guide's 10 MB, read as 10 MiB."""
_KEPT_BODY = 64 * 1024
_SECRET_HEADERS = frozenset({"x-api-key", "authorization", "proxy-authorization", "cookie"})
_Process = Callable[[Request, bytearray], Awaitable[Answer]]


class Refusal(Enum):
    """A row of the guide: the HTTP status and the message, word for word.

    Two rows are 500s although the caller is at fault; the guide says so.
    """

    MISSING_KEY = (401, "Missing API key")
    INVALID_KEY = (401, "Invalid API key")
    KEY_WITHOUT_ORGANIZATION = (403, "API key is not associated with an organization")
    NOT_A_MEMBER = (403, "Unauthorized")
    OTHER_ORGANIZATION = (403, "API key does not have access to this organization")

    INVALID_JSON = (400, "Invalid JSON payload")
    TOO_LARGE = (413, "Payload too large")
    NOT_ALL_STRINGS = (500, "Invalid payload: expected object with string values")
    UNEXPECTED_FIELDS = (500, "Unexpected fields in payload")

    UNKNOWN_TEMPLATE = (404, "Workflow template not found or API access not enabled")
    INVALID_TEMPLATE_ID = (400, "Invalid template ID")
    USAGE_LIMIT = (403, "Usage limit reached")
    NO_PROJECT = (400, "Workflow template must belong to a project")
    UNKNOWN_PROJECT = (404, "Project not found")
    UNKNOWN_EXECUTION = (404, "Execution not found")


class RefusedError(Exception):
    """The request is answered with this row of the guide."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class Api:
    """The emulation over HTTP."""

    def __init__(self, emulation: Emulation) -> None:
        self._emulation = emulation
        self._scenario = emulation.scenario

    def routes(self) -> list[Route]:
        return [
            Route("/api/workflows/{id}/trigger", self._trigger, methods=["POST"]),
            Route("/api/executions/{id}", self._execution, methods=["GET"]),
        ]

    async def not_found(self, request: Request, exc: Exception) -> Response:
        """Any other path or method: 404 or 405, in the same form as the API's errors."""
        assert isinstance(exc, HTTPException)  # noqa: S101 - registered for nothing else
        answer = error_answer(exc.status_code, exc.detail, self._scenario.error_body)
        answer.headers.update(exc.headers or {})
        self._record(request, answer, answer)
        return answer

    async def _trigger(self, request: Request) -> Response:
        workflow = workflow_by_id(self._scenario, request.path_params["id"].lower())
        name = None if workflow is None else workflow.name
        fault = self._emulation.next_fault(Endpoint.TRIGGER, name)
        return await self._serve(request, fault, self._start)

    async def _execution(self, request: Request) -> Response:
        execution_id = request.path_params["id"].lower()
        workflow = self._emulation.workflow_of(execution_id)
        name, counted = (workflow.name, execution_id) if workflow else (None, "")
        fault = self._emulation.next_fault(Endpoint.POLL, name, counted)
        return await self._serve(request, fault, self._show)

    async def _serve(self, request: Request, fault: Fault | None, process: _Process) -> Response:
        if fault is not None:
            await connection_of(request.scope).pause(fault.delay)
        answer, body = Answer(b""), bytearray()
        response: Response | None = None
        try:
            if fault is None or fault.is_processed:
                answer = await process(request, body)
        except RefusedError as exc:
            answer = error_answer(*exc.refusal.value, self._scenario.error_body)
        except ClientDisconnect:
            response = NoAnswer()
        if response is None:
            response = answer if fault is None else faulty(answer, fault)
        self._record(request, answer, response, body, fault)
        return response

    async def _start(self, request: Request, body: bytearray) -> Answer:
        key = self._key(request)
        workflow = triggered_workflow(self._scenario, key, request.path_params["id"])
        await _read_body(request, body)
        payload = read_payload(body, workflow.variables)
        metadata = {
            "ip": request.client.host if request.client else "",
            "userAgent": request.headers.get("user-agent", ""),
            "apiKeyId": key.id or f"ak_{sha256(key.key.encode()).hexdigest()[:12]}",
        }
        started = self._emulation.trigger(workflow, payload, metadata)
        if started is None:
            raise RefusedError(Refusal.USAGE_LIMIT)
        value = {"success": True, "executionId": started}
        return Answer(encode(value), result=f"{workflow.name}: started {started}")

    async def _show(self, request: Request, _: bytearray) -> Answer:
        key = self._key(request)
        try:
            run, view = self._emulation.find(normal_id(request.path_params["id"]) or "")
        except UnknownExecutionError as exc:
            raise RefusedError(Refusal.UNKNOWN_EXECUTION) from exc
        if run.workflow.organization != key.organization:
            raise RefusedError(Refusal.OTHER_ORGANIZATION)
        ended = f"{view.completed_blocks} of {len(run.workflow.blocks)} blocks"
        result = f"{run.workflow.name}: {view.status}, {ended}"
        return Answer(encode(self._emulation.as_json(run, view)), result=result)

    def _key(self, request: Request) -> ApiKey:
        """The key that the request names; several headers are one, joined by commas."""
        given = ", ".join(request.headers.getlist("x-api-key")).strip()
        if not given:
            raise RefusedError(Refusal.MISSING_KEY)
        key = next((known for known in self._scenario.keys if known.key == given), None)
        if key is None:
            raise RefusedError(Refusal.INVALID_KEY)
        if key.organization is None:
            raise RefusedError(Refusal.KEY_WITHOUT_ORGANIZATION)
        if not key.member:
            raise RefusedError(Refusal.NOT_A_MEMBER)
        return key

    def _record(
        self,
        request: Request,
        answer: Answer,
        response: Response,
        body: bytes | bytearray = b"",
        fault: Fault | None = None,
    ) -> None:
        headers = {
            name: ", ".join("***" if name in _SECRET_HEADERS else text for text in sent)
            for name in request.headers
            if (sent := request.headers.getlist(name))
        }
        self._emulation.record(
            Received(
                at=self._emulation.clock(),
                method=request.method,
                path=request.scope["path"],
                headers=headers,
                body=body[:_KEPT_BODY].decode(errors="replace"),
                body_size=len(body),
                status=None if isinstance(response, NoAnswer) else response.status_code,
                fault=None if fault is None else fault.do.value,
                result=answer.result,
            )
        )


def triggered_workflow(scenario: Scenario, key: ApiKey, template_id: str) -> Workflow:
    """The workflow that the key may trigger under this id."""
    normal = normal_id(template_id)
    if normal is None:
        raise RefusedError(Refusal.INVALID_TEMPLATE_ID)
    found = workflow_by_id(scenario, normal)
    if found is None or not found.api_access:
        raise RefusedError(Refusal.UNKNOWN_TEMPLATE)
    if found.organization != key.organization:
        raise RefusedError(Refusal.OTHER_ORGANIZATION)
    if found.project is None:
        raise RefusedError(Refusal.NO_PROJECT)
    if not any(each.name == found.project and not each.deleted for each in scenario.projects):
        raise RefusedError(Refusal.UNKNOWN_PROJECT)
    return found


async def _read_body(request: Request, body: bytearray) -> None:
    """Add the request's body to `body`; never read more than the limit and one piece."""
    if int(request.headers.get("content-length", "0")) > LIMIT:
        raise RefusedError(Refusal.TOO_LARGE)
    pieces = bytearray()
    async for piece in request.stream():
        pieces += piece
        if len(pieces) > LIMIT:
            raise RefusedError(Refusal.TOO_LARGE)
    body += pieces


def read_payload(body: bytes | bytearray, variables: Collection[str]) -> dict[str, str]:
    """Check syntax, then string values, then names; an empty body is not JSON.

    A key that is given twice counts as its last value, as JSON parsers do.
    """
    try:  # integers may have any length: they are refused later
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_int=float)
    except (ValueError, RecursionError) as exc:
        raise RefusedError(Refusal.INVALID_JSON) from exc
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise RefusedError(Refusal.NOT_ALL_STRINGS)
    if not value.keys() <= set(variables):
        raise RefusedError(Refusal.UNEXPECTED_FIELDS)
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
