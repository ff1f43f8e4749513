"""The pages in docs/ say what the code does."""

import importlib.util
import inspect
import re
import shlex
import string
from pathlib import Path

import pytest

from jemeti_platform import hookspecs
from jemeti_platform.rest.openapi.operation import open_path
from jemeti_platform.testing.making import PICTURE
from jemeti_platform.testing.workspaces import PASSWORD

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
EXAMPLES = ("/v1/hotel/", "/v1/tyre-hotel/")
"""What the plugins of the tutorial serve, whose own tests ask for it."""


@pytest.fixture(scope="module")
def reference():
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def plugins_page():
    return (DOCS / "plugins.md").read_text(encoding="utf-8")


def test_what_stands_in_the_code_is_on_the_page_as_it_is_now(reference, plugins_page):
    assert reference.fresh(plugins_page) == plugins_page, "run: python docs/reference.py"


def test_the_tutorial_shows_the_example_as_it_is_now():
    spec = importlib.util.spec_from_file_location("tutorial", DOCS / "tutorial.py")
    tutorial = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tutorial)
    text = tutorial.PAGE.read_text(encoding="utf-8")
    assert text.count("<!-- from the example: ") > 15
    assert tutorial.fresh(text) == text, "run: python docs/tutorial.py"


def test_every_lifecycle_of_our_plugins_is_drawn(reference):
    page = reference.DRAWINGS
    drawn = page.read_text(encoding="utf-8") if page.exists() else None
    assert reference.drawings() == drawn, "run: python docs/reference.py"


def test_every_event_of_the_kernel_and_our_plugins_is_on_its_page(reference):
    assert reference.events() == reference.EVENTS.read_text(encoding="utf-8"), "run: python docs/reference.py"


def test_every_port_of_our_plugins_is_on_its_page(reference):
    assert reference.contracts() == reference.CONTRACTS.read_text(encoding="utf-8"), "run: python docs/reference.py"


def test_every_hook_is_named_with_its_exact_arguments(plugins_page):
    names = [name for name in vars(hookspecs) if name.startswith("jemeti_")]
    assert names
    for name in names:
        arguments = ", ".join(inspect.signature(getattr(hookspecs, name)).parameters)
        assert f"`{name}({arguments})`" in plugins_page


def test_every_directive_is_named_with_its_exact_arguments(app, reference, plugins_page):
    ours = {
        name: directive
        for name, (directive, _) in app.registry._directives.items()
        if directive.__module__.startswith("jemeti_platform.")
    }
    assert {"add_service", "add_resource", "add_listener", "add_port"} <= ours.keys()
    for name, directive in ours.items():
        first, *rest = inspect.signature(directive).parameters
        assert first == "config"
        assert f"#### `config.{name}(" in plugins_page
        heading = re.search(rf"#### `config\.{name}\((.*)\)`", plugins_page)[1]
        words = [word.partition("=")[0].strip("* ") for word in heading.split(",")]
        assert [word for word in words if word] == rest


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_into_a_page_lead_to_a_heading_of_it(page):
    for name, anchor in re.findall(r"\]\(([\w.-]*\.md)#([\w-]+)\)", page.read_text(encoding="utf-8")):
        headings = re.findall(r"^#+ (.*)$", (page.parent / name).read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in {anchor_of(heading) for heading in headings}, f"{name}#{anchor}"


def anchor_of(heading):
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_curl_line_of_http_md_answers_what_it_says(api_of, new_tenant):
    workspace = new_tenant(country="BD")
    known = {"demo": workspace.slug, "owner@demo.example": workspace.login().email, "workshop-demo-1234": PASSWORD}
    text = (DOCS / "http.md").read_text(encoding="utf-8").replace("\\\n", " ")
    for old, new in known.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    lines = re.findall(r"^curl -s (.*?)  # (\d{3})", text, re.MULTILINE)
    assert len(lines) == text.count("curl ") > 9
    api, variables = api_of(workspace).anonymous.at("127.0.0.1"), {}
    for line, status in lines:
        reply = run_curl(api, string.Template(line).substitute(variables), int(status))
        if reply.status in (200, 201) and reply.headers["Content-Type"] == "application/json":
            data = reply.data if isinstance(reply.data, dict) else {}
            variables["TOKEN"] = data.get("access_token") or variables["TOKEN"]
            variables |= {"ID": data["id"]} if "id" in data else {}
            variables |= {"ETAG": reply.headers["ETag"].replace('"', '\\"')} if reply.status == 201 else {}


def run_curl(api, line, status):
    words, method, headers, body, path, form = shlex.split(line), "GET", {}, None, "", ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-F":
            form = words.pop(0).removeprefix("file=@")
        elif word == "-d":
            body = words.pop(0).encode()
        else:
            path = word.removeprefix("http://127.0.0.1:6543")
    if form:
        sent = b"name,phone\nShirin Akhter,01712555019\n" if form.endswith(".csv") else PICTURE
        return api.upload(path, sent, form, headers=headers, expect=status)
    kind = headers.pop("Content-Type", "application/json")
    return api.request(method, path, body, headers=headers, content_type=kind, expect=status)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_is_named_is_served(app, page):
    served = [re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(open_path(path)))) for path in app.registry.services]
    text = re.sub(r"http://[\w.:]+(?=/(?:v1|api|platform)/)", "", page.read_text(encoding="utf-8"))
    named = re.findall(r"""(?<![\w./<>*])(/(?:v1|api|platform|docs|readyz|healthz|metrics)(?:/[\w{}$.-]+)*)""", text)
    assert named or page.name in ("plugins.md", "contracts.md")
    for path in {path.rstrip(".") for path in named}:
        whole = path.replace("$ID", "0193597a-6c00-7d3b-9f21-5b6c7d8e9f01")
        elsewhere = path in ("/v1", "/platform") or path.startswith(EXAMPLES)
        assert any(pattern.fullmatch(whole) for pattern in served) or elsewhere, path


def test_the_map_of_the_kernel_is_whole():
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rooms = text.partition("## 1. Rooms")[2].partition("## 2. ")[0]
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", rooms))))
    there = {path.stem for path in (ROOT / "jemeti_platform").iterdir() if path.name != "__pycache__"}
    assert sorted(there - named) == []


def test_every_part_of_the_kernel_that_architecture_md_names_is_there():
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:rest|auth|tenancy|features|db)/[\w/]+\.py)`", text):
        assert (ROOT / "jemeti_platform" / path).is_file(), path
    for folder in re.findall(r"^\| `  ([\w/ `]+)` \|", text, re.MULTILINE):
        for name in re.findall(r"\w+", folder):
            there = ROOT / "jemeti_platform" / name
            assert there.is_dir() or there.with_suffix(".py").is_file(), name


def test_the_commands_of_operations_md_exist():
    from jemeti_platform.cli import main

    known = set(main.list_commands(None))
    for name in ("README.md", "docs/operations.md", "docs/http.md", "docs/tutorial.md", "docs/plugins.md"):
        for command in re.findall(r"(?<![\w/])jemeti ([a-z][a-z-]+)", (ROOT / name).read_text(encoding="utf-8")):
            assert command in known, f"{name}: jemeti {command}"


def test_every_setting_that_is_named_is_in_production_ini():
    settings = (ROOT / "production.ini").read_text(encoding="utf-8")
    for page in PAGES:
        for key in re.findall(r"`((?:jemeti|sqlalchemy)\.[a-z_.]+)(?: = [^`]*)?`", page.read_text(encoding="utf-8")):
            assert f"{key} =" in settings or key in (
                "jemeti.defer",
                "jemeti.enter",
                "jemeti.enter_with_key",
                "jemeti.next_number",
                "jemeti.plugins",
                "jemeti.search",
                "jemeti.write_events",
            ), f"{page.name}: {key}"
