"""The platform kernel: a Pyramid application that knows workspaces and no cars."""

from __future__ import annotations

from typing import Any

__all__ = ["main"]


def main(global_config: dict[str, Any] | None = None, **settings: str) -> Any:
    """Make the WSGI application. The includes are the boot order: what is refused first stands first.

    Raises BootError, with a sentence, for whatever is wrong with settings or plugins.
    """
    from pyramid.config import Configurator

    from . import logging
    from .boot import make_platform, pyramid_settings
    from .settings import for_application

    settings = for_application(settings)
    logging.set_up(settings)
    platform = make_platform(settings)
    config = Configurator(settings=pyramid_settings(settings))
    config.registry.platform = platform
    config.include("jemeti_platform.rest.routing")
    config.include("cornice")
    config.include("pyramid_tm")
    config.include("pyramid_retry")
    config.include("jemeti_platform.boot")
    config.include("jemeti_platform.directives")
    config.include("jemeti_platform.tenancy")
    config.include("jemeti_platform.ratelimit")
    config.include("jemeti_platform.rest")
    config.include("jemeti_platform.auth")
    config.include("jemeti_platform.features")
    config.include("jemeti_platform.messages")
    config.include("jemeti_platform.audit")
    config.include("jemeti_platform.files")
    config.include("jemeti_platform.numbering")
    config.include("jemeti_platform.lifecycle")
    config.include("jemeti_platform.overview")
    config.include("jemeti_platform.documents")
    config.include("jemeti_platform.events")
    config.include("jemeti_platform.worker")
    config.include("jemeti_platform.exports")
    config.include("jemeti_platform.admin")
    config.include("jemeti_platform.webhooks")
    config.include("jemeti_platform.demo")
    for name in platform.manifests:
        config.include(platform.module(name))
    for package in settings.get("jemeti.includes", "").split():
        config.include(package)
    config.include("jemeti_platform.imports")
    config.include("jemeti_platform.rest.face")
    return config.make_wsgi_app()
