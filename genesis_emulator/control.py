"""The control side, beside the API: what a person or a test does to a running emulator."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from importlib import resources
from ipaddress import ip_address
from typing import Any

import yaml
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from genesis_emulator import scenario_file
from genesis_emulator.emulation import Emulation, NotPossibleError, Received, UnknownExecutionError
from genesis_emulator.responses import encode
from genesis_emulator.scenario import Fault, ScenarioError

PREFIX = "/_emulator"
_STATUS_OF = {UnknownExecutionError: 404, NotPossibleError: 409, ScenarioError: 422}
_BODY_LIMIT = 1024 * 1024
_Handler = Callable[[Request], Awaitable[Response]]
_Action = Callable[[str, str | None], None]


class Control:
    """Answers under the control prefix; to loopback clients only, unless `remote`."""

    def __init__(self, emulation: Emulation, *, remote: bool) -> None:
        self._emulation = emulation
        self._remote = remote

    def app(self) -> ASGIApp:
        routes = [
            Route(path, partial(self._guarded, handler), methods=[method])
            for (method, path), handler in self.handlers().items()
        ]
        errors = (HTTPException, *_STATUS_OF)
        return Starlette(routes=routes, exception_handlers=dict.fromkeys(errors, self._failure))

    def handlers(self) -> dict[tuple[str, str], _Handler]:
        played = self._emulation
        return {
            ("GET", "/"): _call(self._index),
            ("GET", "/executions"): _call(lambda: {"executions": played.executions()}),
            ("GET", "/executions/{id}"): self._execution,
            ("POST", "/executions/{id}/approve"): partial(self._change, played.approve),
            ("POST", "/executions/{id}/reject"): partial(self._change, played.reject),
            ("POST", "/executions/{id}/cancel"): partial(self._change, played.cancel),
            ("GET", "/requests"): _call(lambda: {"requests": played.requests()}),
            ("DELETE", "/requests"): _call(played.clear_requests),
            ("GET", "/faults"): _call(self._faults),
            ("POST", "/faults"): self._add_fault,
            ("DELETE", "/faults"): _call(played.clear_faults),
            ("DELETE", "/faults/{number:int}"): self._remove_fault,
            ("POST", "/reset"): _call(played.clear),
            ("GET", "/openapi.yaml"): _openapi_yaml,
            ("GET", "/openapi.json"): _call(lambda: yaml.safe_load(openapi_text())),
        }

    async def _guarded(self, handler: _Handler, request: Request) -> Response:
        """Refuse other machines, unless they are allowed, and a browser's page of another site.

        A click on such a page must not approve. With DNS rebinding, the name of the other site has
        this machine's address, and only the Host header shows the name.
        """
        client = request.client.host if request.client else ""
        is_local = is_loopback(client) and is_loopback(request.url.hostname or "")
        if not self._remote and not is_local:
            raise HTTPException(403, "the control side answers to loopback only")
        own = f"http://{request.headers.get('host')}"
        site = request.headers.get("sec-fetch-site", "none")
        if site not in {"none", "same-origin"} or request.headers.get("origin", own) != own:
            raise HTTPException(403, "the control side does not answer to other sites")
        return self._reported(request, await handler(request))

    async def _failure(self, request: Request, exc: Exception) -> Response:
        if isinstance(exc, HTTPException):
            response = _json({"error": exc.detail}, exc.status_code)
            response.headers.update(exc.headers or {})
        else:
            response = _json({"error": str(exc)}, _STATUS_OF[type(exc)])
        return self._reported(request, response)

    def _reported(self, request: Request, response: Response) -> Response:
        self._emulation.on_request(
            Received(
                at=self._emulation.clock(),
                method=request.method,
                path=request.scope["path"],
                status=response.status_code,
            )
        )
        return response

    def _index(self) -> dict[str, Any]:
        workflows = [
            {
                "id": workflow.id,
                "name": workflow.name,
                "variables": list(workflow.variables),
                "policy": workflow.policy.value,
            }
            for workflow in self._emulation.scenario.workflows
        ]
        return {"ready": True, "workflows": workflows}

    async def _execution(self, request: Request) -> Response:
        return _json(self._emulation.execution(self._id(request)))

    async def _change(self, action: _Action, request: Request) -> Response:
        reason = (await _object(request)).get("reason")
        if reason is not None and not isinstance(reason, str):
            raise HTTPException(422, "reason: expected a string")
        execution_id = self._id(request)
        action(execution_id, reason)
        return _json(self._emulation.execution(execution_id))

    def _id(self, request: Request) -> str:
        given = str(request.path_params["id"]).lower()
        return self._emulation.newest() if given == "last" else given

    def _faults(self) -> dict[str, Any]:
        rules = self._emulation.faults().items()
        return {"faults": [_fault(number, fault) for number, fault in rules]}

    async def _add_fault(self, request: Request) -> Response:
        fault = scenario_file.fault_from(await _object(request))
        return _json(_fault(self._emulation.add_fault(fault), fault), status=201)

    async def _remove_fault(self, request: Request) -> Response:
        number = request.path_params["number"]
        if not self._emulation.remove_fault(number):
            raise HTTPException(404, f"there is no fault {number}")
        return Response(status_code=204)


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def openapi_text() -> str:
    return resources.files("genesis_emulator").joinpath("openapi.yaml").read_text("utf-8")


async def _openapi_yaml(_: Request) -> Response:
    return Response(openapi_text(), media_type="application/yaml")


def _call(action: Callable[[], Any]) -> _Handler:
    """Answer with what the action returns as JSON, or with 204 if that is None."""

    async def handler(_: Request) -> Response:
        value = action()
        return Response(status_code=204) if value is None else _json(value)

    return handler


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


def _json(value: Any, status: int = 200) -> Response:
    return Response(encode(value), status, media_type="application/json")


def _fault(number: int, fault: Fault) -> dict[str, Any]:
    return {"number": number, **asdict(fault)}
