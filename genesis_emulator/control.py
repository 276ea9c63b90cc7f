"""The control side, off the API: what a person or a test does to a running emulator."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from genesis_emulator import scenario_file, store, wire
from genesis_emulator.errors import NotPossibleError, ScenarioError, UnknownExecutionError
from genesis_emulator.loopback import is_loopback
from genesis_emulator.scenario import Verdict
from genesis_emulator.store import Received

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from genesis_emulator.faults import Fault
    from genesis_emulator.store import Emulation

PREFIX = "/_emulator"
_BODY_LIMIT = 1024 * 1024
_Handler: TypeAlias = "Callable[[Request], Awaitable[Response]]"


class Control:
    """Answers under the control prefix; to loopback clients only, unless `remote`."""

    def __init__(self, emulation: Emulation, *, remote: bool) -> None:
        self._emulation = emulation
        self._remote = remote

    def app(self) -> ASGIApp:
        """The control side as an application to mount under its prefix."""
        routes = [
            Route(path, partial(self._guarded, handler), methods=[method])
            for (method, path), handler in self._table().items()
        ]
        handlers: Any = {
            HTTPException: _refusal,
            UnknownExecutionError: partial(_failure, 404),
            NotPossibleError: partial(_failure, 409),
            ScenarioError: partial(_failure, 422),
        }
        return self._told(Starlette(routes=routes, exception_handlers=handlers))

    def _told(self, app: ASGIApp) -> ASGIApp:
        """The application, which tells of each answer."""

        async def telling(scope: Scope, receive: Receive, send: Send) -> None:
            async def send_and_tell(message: Message) -> None:
                await send(message)
                if message["type"] == "http.response.start":
                    self._emulation.on_request(
                        Received(
                            at=self._emulation.clock(),
                            method=scope["method"],
                            path=scope["path"],
                            status=message["status"],
                        )
                    )

            await app(scope, receive, send_and_tell)

        return telling

    def paths(self) -> list[tuple[str, str]]:
        """Every method and path that is answered, below the prefix."""
        return list(self._table())

    def _table(self) -> dict[tuple[str, str], _Handler]:
        return {
            ("GET", "/"): self.index,
            ("GET", "/executions"): self.executions,
            ("GET", "/executions/{id}"): self.execution,
            ("POST", "/executions/{id}/approve"): partial(self.decide, Verdict.APPROVE),
            ("POST", "/executions/{id}/reject"): partial(self.decide, Verdict.REJECT),
            ("POST", "/executions/{id}/cancel"): self.cancel,
            ("GET", "/requests"): self.requests,
            ("DELETE", "/requests"): self.forget_requests,
            ("GET", "/faults"): self.faults,
            ("POST", "/faults"): self.add_fault,
            ("DELETE", "/faults"): self.clear_faults,
            ("DELETE", "/faults/{number:int}"): self.remove_fault,
            ("POST", "/reset"): self.reset,
            ("GET", "/openapi.yaml"): self.openapi_yaml,
            ("GET", "/openapi.json"): self.openapi_json,
        }

    async def _guarded(self, handler: _Handler, request: Request) -> Response:
        """Serve loopback clients, and others only where that was asked for.

        A browser's page of another site is refused too: a click elsewhere must not approve.
        """
        host = request.client.host if request.client else ""
        if not self._remote and not is_loopback(host):
            raise HTTPException(403, "the control side answers to loopback only")
        if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            raise HTTPException(403, "the control side does not answer to other sites")
        return await handler(request)

    async def index(self, request: Request) -> Response:  # noqa: ARG002
        """What can be triggered here."""
        workflows = [
            {
                "id": workflow.id,
                "name": workflow.name,
                "variables": list(workflow.variables),
                "policy": workflow.policy.value,
            }
            for workflow in self._emulation.scenario.workflows
        ]
        return _json({"ready": True, "workflows": workflows})

    async def executions(self, request: Request) -> Response:  # noqa: ARG002
        """Every execution, as the API shows it, oldest first."""
        shown = [wire.execution(run, view) for run, view in self._emulation.registry.all()]
        return _json({"executions": shown})

    async def execution(self, request: Request) -> Response:
        """One execution, as the API shows it."""
        return self._execution(self._id(request))

    async def decide(self, verdict: Verdict, request: Request) -> Response:
        """Approve or reject the block that waits for review; optional body `{"reason": …}`."""
        reason = await _reason(request)
        execution_id = self._id(request)
        self._emulation.registry.decide(execution_id, verdict, reason)
        return self._execution(execution_id)

    async def cancel(self, request: Request) -> Response:
        """Cancel an execution; optional body `{"reason": …}`."""
        reason = await _reason(request) or "Cancelled by a user"
        execution_id = self._id(request)
        self._emulation.registry.cancel(execution_id, reason)
        return self._execution(execution_id)

    async def requests(self, request: Request) -> Response:  # noqa: ARG002
        """What the API received, oldest first, with keys as `***`."""
        return _json({"requests": [wire.received(each) for each in self._emulation.journal.all()]})

    async def forget_requests(self, request: Request) -> Response:  # noqa: ARG002
        """Empty the list of received requests."""
        self._emulation.journal.clear()
        return Response(status_code=204)

    async def faults(self, request: Request) -> Response:  # noqa: ARG002
        """The fault rules in force."""
        rules = self._emulation.faults.all().items()
        return _json({"faults": [_fault(number, fault) for number, fault in rules]})

    async def add_fault(self, request: Request) -> Response:
        """Put a fault rule in force; the body is one entry of the scenario's `faults`, as JSON."""
        fault = scenario_file.fault_from(await _object(request))
        names = {workflow.name for workflow in self._emulation.scenario.workflows}
        if fault.workflow is not None and fault.workflow not in names:
            raise HTTPException(422, f"fault.workflow: no workflow is called {fault.workflow!r}")
        number = self._emulation.faults.add(fault)
        return _json(_fault(number, fault), status=201)

    async def clear_faults(self, request: Request) -> Response:  # noqa: ARG002
        """Withdraw every fault rule."""
        self._emulation.faults.clear()
        return Response(status_code=204)

    async def remove_fault(self, request: Request) -> Response:
        """Withdraw one fault rule."""
        number = request.path_params["number"]
        if not self._emulation.faults.remove(number):
            raise HTTPException(404, f"there is no fault {number}")
        return Response(status_code=204)

    async def reset(self, request: Request) -> Response:  # noqa: ARG002
        """Forget runs and requests; give back the scenario's credits and faults."""
        store.reset(self._emulation)
        return Response(status_code=204)

    async def openapi_yaml(self, request: Request) -> Response:  # noqa: ARG002
        """The description of the API, as shipped."""
        return Response(openapi_text(), media_type="application/yaml")

    async def openapi_json(self, request: Request) -> Response:  # noqa: ARG002
        """The description of the API, as JSON."""
        return _json(yaml.safe_load(openapi_text()))

    def _id(self, request: Request) -> str:
        """The execution's id, which may be given as `last`."""
        given = str(request.path_params["id"]).lower()
        return self._emulation.registry.newest() if given == "last" else given

    def _execution(self, execution_id: str) -> Response:
        found = self._emulation.registry.find(execution_id)
        if found is None:
            raise UnknownExecutionError(f"there is no execution {execution_id}")
        return _json(wire.execution(*found))


def openapi_text() -> str:
    """The shipped OpenAPI description."""
    return resources.files("genesis_emulator").joinpath("openapi.yaml").read_text("utf-8")


async def _object(request: Request) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _BODY_LIMIT:
            raise HTTPException(413, "the body is over 1 MiB")
    try:
        value = json.loads(body.decode()) if body.strip() else {}
    except (ValueError, RecursionError) as exc:
        raise HTTPException(400, "the body is not JSON") from exc
    if not isinstance(value, dict):
        raise HTTPException(400, "the body is not a JSON object")
    return value


async def _reason(request: Request) -> str | None:
    reason = (await _object(request)).get("reason")
    if reason is not None and not isinstance(reason, str):
        raise HTTPException(422, "reason: expected a string")
    return reason


def _json(value: Any, status: int = 200) -> Response:
    return Response(wire.encode(value), status, media_type="application/json")


def _fault(number: int, fault: Fault) -> dict[str, Any]:
    return {"number": number, **asdict(fault)}


async def _refusal(request: Request, refusal: HTTPException) -> Response:  # noqa: ARG001
    response = _json({"error": refusal.detail}, refusal.status_code)
    response.headers.update(refusal.headers or {})
    return response


async def _failure(status: int, request: Request, failure: Exception) -> Response:  # noqa: ARG001
    return _json({"error": str(failure)}, status)
