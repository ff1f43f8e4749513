"""An author's first afternoon: an empty folder, the wheel of the platform, and a plugin that answers in the end.

Nothing of the repository is at hand. The commands are those that `docs/tutorial.md` tells.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from jemeti_platform import demo
from jemeti_platform.testing.running import Running, data_folder

ROOT = Path(__file__).parents[2]
SOURCES = ("jemeti_platform", "plugins", "migrations", "tenants")
FILES = ("setup.py", "setup.cfg", "pyproject.toml", "README.md", "development.ini", "production.ini")
LOG_IN = {"workspace": demo.WORKSPACE, "email": demo.OWNER_EMAIL, "password": demo.OWNER_PASSWORD}
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
ALONE = ("--no-index", "--no-deps")


class Author:
    """Somebody with a folder, and a virtual environment in it; ``seconds`` are what each step took."""

    def __init__(self, folder):
        self.folder, self.here = folder, folder
        self.bin = folder / "venv" / "bin"
        self.seconds = {}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
        self.environment = kept | {"VIRTUAL_ENV": str(folder / "venv"), "PATH": f"{self.bin}:{os.environ['PATH']}"}

    def run(self, step, *command):
        """Run a command where the author is; what it prints."""
        begun = time.monotonic()
        done = subprocess.run(
            [str(one) for one in command],
            cwd=self.here,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        self.seconds[step] = time.monotonic() - begun
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def jemeti(self, step, *arguments):
        return self.run(step, self.bin / "jemeti", *arguments)

    def change(self, file, *changes):
        """Replace texts in a file, each of which must be there."""
        path = self.here / file
        text = path.read_text()
        for old, new in changes:
            assert text.count(old) == 1, (file, old)
            text = text.replace(old, new)
        path.write_text(text)


@pytest.fixture(scope="module")
def author():
    with data_folder() as folder:
        source = folder / "source"
        for name in SOURCES:
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy(ROOT / name, source / name)
        pip_wheel = (sys.executable, *PIP, "wheel", *ALONE, "--no-build-isolation", "--wheel-dir", str(folder), ".")
        subprocess.run(pip_wheel, cwd=source, check=True)
        shutil.rmtree(source)
        found = Author(folder)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        # the libraries of this very environment, without what is installed editable beside them
        places = sysconfig.get_paths(scheme="venv", vars={"base": str(folder / "venv")})
        libraries = {path for path in sys.path if path.endswith("-packages")}
        Path(places["purelib"], "libraries.pth").write_text("\n".join(sorted(libraries)) + "\n")
        (wheel,) = folder.glob("*.whl")
        found.run("install", found.bin / "python", *PIP, "install", *ALONE, "--force-reinstall", wheel)
        where = found.run("look", found.bin / "python", "-c", "import jemeti_platform as j; print(j.__file__)")
        assert Path(where.strip()).is_relative_to(folder / "venv")
        yield found


def test_from_an_empty_folder_to_an_answer(author):
    author.jemeti("new", "plugins", "new", "hotel", "--title", "Tyre hotel", "--resource", "rack")
    author.here = author.folder / "jemeti-hotel"
    author.run("install it", author.bin / "python", *PIP, "install", *ALONE, "--no-build-isolation", "-e", ".")
    author.change(
        "jemeti_hotel/models.py",
        ("    notes: Mapped[str | None]\n", "    notes: Mapped[str | None]\n    places: Mapped[int | None]\n"),
        (
            '        CheckConstraint("copies',
            '        CheckConstraint("places > 0", name="places"),\n        CheckConstraint("copies',
        ),
    )
    author.change(
        "jemeti_hotel/schemas.py",
        ("import Text\n", "import StrictInt, Text\n"),
        ("    notes = ", "    places = SchemaNode(StrictInt(1, 500), missing=None)\n    notes = "),
    )
    said = author.jemeti("makemigration", "makemigration", "hotel", "-m", "how many sets a rack takes")
    written = author.here / "jemeti_hotel" / "migrations" / "0002_how_many_sets_a_rack_takes.py"
    assert Path(said.strip()) == written
    assert 'sa.Column("places", sa.Integer)' in written.read_text()
    assert 'sa.CheckConstraint("places > 0", name="places")' in written.read_text()
    said = author.jemeti("makemigration again", "makemigration", "hotel", "-m", "nothing")
    assert said.startswith("Nothing to do")
    said = author.jemeti("migrate", "migrate")
    assert "migrating to hotel_0001" in said
    assert "migrating to hotel_0002" in said
    said = author.run("test", author.bin / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert int(re.search(r"(\d+) passed", said)[1]) > 50
    assert "warning" not in said
    call_it(author)
    total = sum(author.seconds.values())
    print(*(f"{step}: {took:.1f} s" for step, took in author.seconds.items()), f"in all: {total:.1f} s", sep="\n")  # noqa: T201 (the figures are the result)


def call_it(author):
    line = [author.bin / "jemeti", "up", "--ini", author.here / "development.ini"]
    with Running(author.here / "var", [str(one) for one in line], environment=author.environment) as run:
        author.seconds["up"] = run.seconds
        _, _, answer = run.request("POST", "/api/auth/login", LOG_IN)
        token = answer["data"]["access_token"]
        status, _, answer = run.request("GET", "/v1/hotel/racks", token=token)
        assert (status, answer["error"]["details"]["feature"]) == (402, "hotel.racks")
        said = author.jemeti("enable", "plugins", "enable", "hotel", "--workspace", "demo")
        assert said.startswith("hotel is on in demo.\n  hotel.racks: override, on\n")
        begun = time.monotonic()
        status, _, answer = run.request("GET", "/v1/hotel/racks", token=token)
        assert (status, [row["title"] for row in answer["data"]]) == (200, ["First rack"])
        status, _, answer = run.request("POST", "/v1/hotel/racks", {"title": "By the door", "places": 40}, token=token)
        assert (status, answer["data"]["places"]) == (201, 40)
        refused = run.request("POST", "/v1/hotel/racks", {"title": "Nowhere", "places": 0}, token=token)
        assert (refused[0], refused[2]["error"]["details"][0]["field"]) == (400, "places")
        author.seconds["call"] = time.monotonic() - begun
        assert "Traceback" not in run.said()


def test_a_word_that_is_taken_or_none_is_refused_and_writes_nothing(author, tmp_path):
    for arguments, sentence in (
        (("crm",), "installed already"),
        (("users",), "belongs to the platform"),
        (("Tyre-Hotel",), "no lower-case word"),
        (("depot", "--resource", "models"), "means something else"),
        (("depot", "--resource", "sheep", "--plural", "sheep"), "give two words"),
        (("depot", "--title", 'The "depot"'), "without quotes"),
        (("depot", "--into", author.folder), "is not empty"),
    ):
        line = [str(author.bin / "jemeti"), "plugins", "new", *map(str, arguments)]
        done = subprocess.run(line, cwd=tmp_path, env=author.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 2, done
        assert sentence in " ".join(done.stderr.split())
        assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(author, tmp_path):
    (tmp_path / "file").touch()
    line = [str(author.bin / "jemeti"), "plugins", "new", "depot", "--into", str(tmp_path / "file" / "depot")]
    done = subprocess.run(line, cwd=tmp_path, env=author.environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: {tmp_path}/file/depot cannot be written: Not a directory; choose another folder\n"


def test_settings_are_written_where_there_are_none_and_never_over_others(author, tmp_path):
    author.here = tmp_path
    without = subprocess.run(
        [str(author.bin / "jemeti"), "up"],
        cwd=tmp_path,
        env=author.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "jemeti init" in without.stderr
    author.jemeti("init", "init")
    author.jemeti("init for production", "init", "--production")
    for name in ("development.ini", "production.ini"):
        assert (tmp_path / name).read_text() == (ROOT / name).read_text()
    again = subprocess.run(
        [str(author.bin / "jemeti"), "init"],
        cwd=tmp_path,
        env=author.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (again.returncode, "left as it is" in " ".join(again.stderr.split())) == (1, True)
