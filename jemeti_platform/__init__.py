"""The platform kernel: a Pyramid application that knows workspaces and no cars."""

from __future__ import annotations

from typing import Any

__all__ = ["main"]


def main(global_config: dict[str, Any] | None = None, **settings: str) -> Any:
    """Make the WSGI application, in which all plugins are that the settings name.

    Raises BootError, with a sentence, for whatever is wrong with settings or plugins.
    """
    from . import logging
    from .assembling import assemble, tell_of_failed
    from .settings import for_application

    settings = for_application(settings)
    logging.set_up(settings)
    application = assemble(settings)
    tell_of_failed(application.registry.platform)
    return application
