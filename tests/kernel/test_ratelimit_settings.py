"""What the ini and plugins say about rate limits, as an application meets it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pyramid.config import Configurator
from pyramid.response import Response
from webtest import TestApp

from jemeti_platform.platform import BootError
from jemeti_platform.ratelimit import client_address, counted_address, fields


def boot(settings: dict[str, str], also: Callable[[Configurator], object] = lambda config: None) -> Configurator:
    config = Configurator(settings=settings)
    config.include("jemeti_platform.ratelimit")
    also(config)
    config.make_wsgi_app()
    return config


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("jemeti.ratelimit.login_account", "five per minute"),
        ("jemeti.ratelimit.login_account", "0 per minute"),
        ("jemeti.ratelimit.login_account", "5 per 0 minutes"),
        ("jemeti.ratelimit.general", "5 per minute; 9 per hour"),
        ("jemeti.ratelimit.general", "5 per 2 fortnights"),
        ("jemeti.ratelimit.general", "5 per 32 days"),
        ("jemeti.ratelimit.general", ""),
        ("jemeti.ratelimit.logn_account", "5 per minute"),
        ("jemeti.ratelimit.storage", "memcached://127.0.0.1"),
        ("jemeti.ratelimit.storage", "redis://127.0.0.1:port/0"),
        ("jemeti.trusted_proxies", "-1"),
        ("jemeti.trusted_proxies", "all"),
    ],
)
def test_a_wrong_setting_stops_the_boot_and_names_its_key(key, value):
    with pytest.raises(BootError, match=f"^{key}: .+[.]$"):
        boot({key: value})


def test_a_plugin_declares_its_own_policy_and_the_ini_changes_it():
    config = boot(
        {"jemeti.ratelimit.otp_request": "2 per day"},
        lambda config: config.add_ratelimit_policy("otp_request", "5 per day", "codes sent to one contact"),
    )
    assert config.registry.limiter.hit("otp_request", "+8801700000000").limit == 2


@pytest.mark.parametrize("name", ["general", "storage", "OTP", 'x"y'])
def test_a_plugins_policy_needs_a_free_and_plain_name(name):
    with pytest.raises(BootError, match="policy"):
        boot({}, lambda config: config.add_ratelimit_policy(name, "5 per day", ""))


def test_a_hundred_invented_forwarded_addresses_are_still_one_address():
    def login(request):
        address = client_address(request.environ, request.registry.trusted_proxies)
        verdicts = [request.registry.limiter.hit("login_address", counted_address(address))]
        return Response(status=200 if verdicts[0].allowed else 429, headerlist=list(fields(verdicts).items()))

    def routes(config):
        config.add_route("login", "/login")
        config.add_view(login, route_name="login")

    app = TestApp(boot({}, routes).make_wsgi_app(), extra_environ={"REMOTE_ADDR": "192.0.2.1"})
    answers = [
        app.get("/login", headers={"X-Forwarded-For": f"203.0.113.{n}"}, expect_errors=True).status_int
        for n in range(100)
    ]
    assert answers == [200] * 20 + [429] * 80
