"""The two endpoints of the guide, and what every other path gets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route

from genesis_emulator import responses, wire
from genesis_emulator.access import LIMIT, Refusal, authenticate, open_workflow, read_payload
from genesis_emulator.connection import connection_of
from genesis_emulator.faults import Endpoint, Fault, Target, is_processed
from genesis_emulator.fields import normal_id
from genesis_emulator.responses import Answer, NoAnswer, misbehaving, proper
from genesis_emulator.scenario import workflow_by_id
from genesis_emulator.simulation import Origin
from genesis_emulator.store import KEPT_BODY, Received, redacted

if TYPE_CHECKING:
    from starlette.responses import Response

    from genesis_emulator.scenario import ApiKey, Workflow
    from genesis_emulator.store import Emulation

_UNPROCESSED = Answer(status=200, body=b"")
_Process = Callable[[Request], Awaitable[tuple[Answer, bytes]]]


class Api:
    """Plays an emulation over HTTP."""

    def __init__(self, emulation: Emulation) -> None:
        self._emulation = emulation
        self._scenario = emulation.scenario

    def routes(self) -> list[Route]:
        """The guide's two endpoints."""
        return [
            Route("/api/workflows/{id}/trigger", self.trigger, methods=["POST"]),
            Route("/api/executions/{id}", self.execution, methods=["GET"]),
        ]

    async def trigger(self, request: Request) -> Response:
        """`POST /api/workflows/{templateId}/trigger`."""
        workflow = workflow_by_id(self._scenario, request.path_params["id"].lower())
        name = None if workflow is None else workflow.name
        return await self._serve(request, Target(on=Endpoint.TRIGGER, workflow=name), self._start)

    async def execution(self, request: Request) -> Response:
        """`GET /api/executions/{executionId}`."""
        execution_id = request.path_params["id"].lower()
        workflow = self._emulation.registry.workflow_of(execution_id)
        target = Target(
            on=Endpoint.POLL,
            workflow=None if workflow is None else workflow.name,
            counter="" if workflow is None else execution_id,
        )
        return await self._serve(request, target, self._show)

    async def elsewhere(self, request: Request, refusal: Exception) -> Response:
        """Any other path or method: 404 or 405, in the same form as the API's errors."""
        assert isinstance(refusal, HTTPException)  # noqa: S101 - registered for nothing else
        given = responses.error(refusal.status_code, refusal.detail, self._scenario.error_body)
        self._note(request, b"", given, refusal.status_code)
        response = proper(given)
        response.headers.update(refusal.headers or {})
        return response

    async def _serve(self, request: Request, target: Target, process: _Process) -> Response:
        fault = self._emulation.faults.next(target)
        if fault is not None:
            await connection_of(request.scope).pause(fault.delay)
        answer, body = _UNPROCESSED, b""
        try:
            if is_processed(fault):
                answer, body = await process(request)
        except ClientDisconnect:
            self._note(request, b"", answer, None, fault)
            return NoAnswer()
        response = proper(answer) if fault is None else misbehaving(fault, answer)
        sent = None if isinstance(response, NoAnswer) else response.status_code
        self._note(request, body, answer, sent, fault)
        return response

    async def _start(self, request: Request) -> tuple[Answer, bytes]:
        key = self._key(request)
        if isinstance(key, Refusal):
            return self._refused(key), b""
        workflow = open_workflow(self._scenario, key, request.path_params["id"])
        if isinstance(workflow, Refusal):
            return self._refused(workflow), b""
        body = await _limited_body(request)
        if isinstance(body, Refusal):
            return self._refused(body), b""
        payload = read_payload(body, workflow.variables)
        if isinstance(payload, Refusal):
            return self._refused(payload), body
        return self._started(workflow, payload, _origin(request, key)), body

    def _started(self, workflow: Workflow, payload: dict[str, str], origin: Origin) -> Answer:
        started = self._emulation.registry.trigger(workflow, payload, origin)
        if isinstance(started, Refusal):
            return self._refused(started)
        return responses.success(wire.triggered(started), f"{workflow.name}: started {started}")

    async def _show(self, request: Request) -> tuple[Answer, bytes]:
        key = self._key(request)
        if isinstance(key, Refusal):
            return self._refused(key), b""
        execution_id = normal_id(request.path_params["id"])
        found = None if execution_id is None else self._emulation.registry.find(execution_id)
        if found is None:
            return self._refused(Refusal.UNKNOWN_EXECUTION), b""
        run, view = found
        if run.workflow.organization != key.organization:
            return self._refused(Refusal.OTHER_ORGANIZATION), b""
        ended = f"{view.completed_blocks} of {len(run.workflow.blocks)} blocks"
        result = f"{run.workflow.name}: {view.status}, {ended}"
        return responses.success(wire.execution(run, view), result), b""

    def _key(self, request: Request) -> ApiKey | Refusal:
        return authenticate(self._scenario, request.headers.getlist("x-api-key"))

    def _refused(self, refusal: Refusal) -> Answer:
        return responses.refused(refusal, self._scenario.error_body)

    def _note(
        self,
        request: Request,
        body: bytes,
        answer: Answer,
        sent: int | None,
        fault: Fault | None = None,
    ) -> None:
        received = Received(
            at=self._emulation.clock(),
            method=request.method,
            path=request.scope["path"],
            headers=redacted(request.headers.items()),
            body=body[:KEPT_BODY].decode(errors="replace"),
            body_size=len(body),
            status=sent,
            fault=None if fault is None else fault.do.value,
            result=answer.result,
        )
        self._emulation.journal.add(received)
        self._emulation.on_request(received)


async def _limited_body(request: Request) -> bytes | Refusal:
    """The body, of which never more than the limit and one piece is read."""
    announced = request.headers.get("content-length", "0")
    if int(announced) > LIMIT:
        return Refusal.TOO_LARGE
    pieces = bytearray()
    async for piece in request.stream():
        pieces += piece
        if len(pieces) > LIMIT:
            return Refusal.TOO_LARGE
    return bytes(pieces)


def _origin(request: Request, key: ApiKey) -> Origin:
    return Origin(
        ip=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", ""),
        api_key_id=key.public_id,
    )
