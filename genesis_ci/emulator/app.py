"""The ASGI application: the API, and the control side under its prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from genesis_ci.emulator.control import PREFIX, Control
from genesis_ci.emulator.routes import Api

if TYPE_CHECKING:
    from genesis_ci.emulator.emulation import Emulation


def build(emulation: Emulation, *, remote_control: bool = False) -> Starlette:
    """The application that plays `emulation`; needs this package's own connection class."""
    api = Api(emulation)
    control = Mount(PREFIX, app=Control(emulation, remote=remote_control).app())
    app = Starlette(
        routes=[*api.routes(), control], exception_handlers={HTTPException: api.elsewhere}
    )
    app.router.redirect_slashes = False
    return app
