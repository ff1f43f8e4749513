"""`jemeti serve` and `pserve`, with production.ini as it stands; and what production refuses to start with."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from jemeti_platform import boot, demo, main
from jemeti_platform.auth.passwords import Passwords
from jemeti_platform.cli.demo import make_demo
from jemeti_platform.kernel import KERNEL
from jemeti_platform.platform import BootError, Platform
from jemeti_platform.testing.running import Running, command, free_port

TOP = Path(__file__).parents[2]
SECRETS_KEY = "a-secrets-key-of-this-test-and-of-nothing-else"
KEY = "a-signing-key-of-this-test-and-of-nothing-else"


@pytest.fixture(scope="module")
def environment(database):
    """What production.ini reads from the environment."""
    return {
        "PATH": os.environ["PATH"],
        "JEMETI_DATABASE_URL": database.app_url,
        "JEMETI_PLATFORM_URL": database.platform_url,
        "JEMETI_JWT_KEYS": KEY,
        "JEMETI_SECRETS_KEYS": SECRETS_KEY,
    }


@pytest.mark.skipif(find_spec("granian") is None, reason="granian is not installed")
def test_production_is_served_and_says_all_in_json(tmp_path, environment):
    line = command("serve", "--ini", TOP / "production.ini", "--workers", 2)
    with Running(tmp_path, line, environment=environment) as run:
        assert "Server" not in run.request("GET", "/healthz")[1]
        assert run.stop() == 0, run.said()
    lines = [json.loads(line) for line in run.said().splitlines()]
    assert "request" in {line["event"] for line in lines}
    assert KEY not in run.said()


def test_pserve_serves_production_ini_as_it_stands(tmp_path, environment):
    port = free_port()
    ini = tmp_path / "production.ini"
    ini.write_text((TOP / "production.ini").read_text().replace("port = 6543", f"port = {port}"))
    line = [sys.executable, "-c", "from pyramid.scripts.pserve import main; main()", str(ini)]
    with Running(tmp_path, line, port=port, environment=environment) as run:
        assert "Server" not in run.request("GET", "/healthz")[1]


def test_production_refuses_the_database_that_development_has_made(database_server, database, settings):
    known = Platform({**settings, **database.settings}, KERNEL)
    fresh = database_server.clone(database_server.template(known.manifests), "jemeti_refused")
    development = main({}, **settings, **fresh.settings).registry.platform
    try:
        production = {**settings, **fresh.settings, "jemeti.environment": "production"}
        main({}, **production)
        make_demo(development)
        with pytest.raises(BootError, match=demo.ADMIN_EMAIL):
            main({}, **production)
        with fresh.connect() as admin:
            changed = development.part(Passwords).hash("a password that nobody knows")
            admin.execute("UPDATE platform_admins SET password_hash = %s", [changed])
        with pytest.raises(BootError, match=demo.OWNER_EMAIL):
            main({}, **production)
        with fresh.connect() as admin:
            admin.execute("UPDATE users SET password_hash = %s", [changed])
        main({}, **production)
    finally:
        development.engines["platform"].dispose()
        database_server.drop(fresh)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"jemeti.jwt.keys": boot.DEMO_JWT_KEY}, "development.ini"),
        ({"jemeti.jwt.keys": ""}, "jemeti.jwt.keys is empty"),
        ({"jemeti.jwt.keys": "env:NO_SUCH_KEYS"}, "NO_SUCH_KEYS is not set"),
        ({"sqlalchemy.url": ""}, "sqlalchemy.url is not set"),
    ],
)
def test_production_refuses_what_is_missing_or_known_to_everybody(database, settings, wrong, sentence):
    production = {**settings, **database.settings, "jemeti.environment": "production", **wrong}
    with pytest.raises(BootError, match=sentence):
        main({}, **production)


def test_production_starts_the_embedded_database_only_where_that_is_allowed(tmp_path):
    ini = tmp_path / "production.ini"
    text = (TOP / "production.ini").read_text()
    ini.write_text(text.replace("sqlalchemy.url = env:JEMETI_DATABASE_URL", "sqlalchemy.url ="))
    run = subprocess.run(command("serve", "--ini", ini), capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 1
    assert "jemeti.allow_embedded" in run.stderr
    assert "Traceback" not in run.stderr
