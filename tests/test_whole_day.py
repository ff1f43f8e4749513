"""The whole day of one job goes through on a platform as people start it, and the page about it says what happens."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from jemeti_platform.testing.running import Running, command, data_folder, free_port

TOP = Path(__file__).parents[1]
SCRIPT = TOP / "examples" / "whole-day" / "whole_day.py"


@pytest.fixture(scope="module")
def running():
    with data_folder() as data, Running(data, command("up", "--data", data, "--ini", TOP / "development.ini")) as run:
        yield run


def a_day(papers, *arguments):
    return subprocess.run(
        [sys.executable, SCRIPT, "--papers", papers, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def first_day(running, tmp_path_factory):
    folder = tmp_path_factory.mktemp("day")
    done = a_day(folder / "papers", "--address", running.url, "--transcript", folder / "transcript.json")
    return done, folder


def test_it_goes_through_and_leaves_its_papers(first_day):
    done, folder = first_day
    assert (done.returncode, done.stderr) == (0, ""), done
    papers = sorted((folder / "papers").iterdir())
    assert papers
    for paper in papers:
        assert paper.name in done.stdout
        assert PdfReader(paper).pages[0].extract_text().strip()


def test_lines_fit_a_terminal(first_day):
    done, _ = first_day
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_the_page_shows_the_calls_as_they_go(first_day):
    spec = importlib.util.spec_from_file_location("whole_day", TOP / "docs" / "whole_day.py")
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    text = page.PAGE.read_text(encoding="utf-8")
    exchanges = json.loads((first_day[1] / "transcript.json").read_text(encoding="utf-8"))
    assert text.count("<!-- call: ") > 15
    assert page.fresh(text, exchanges) == text, "run: python docs/whole_day.py"


def test_the_next_day_the_customer_is_known(first_day, running, tmp_path):
    done = a_day(tmp_path / "papers", "--address", running.url)
    assert done.returncode == 0, done
    assert "has been here before" in done.stdout
    assert "declined last time, and in it again by itself: Align wheels" in done.stdout


def test_what_is_wrong_is_one_sentence_and_status_1(running, tmp_path):
    for arguments, words in (
        (("--address", running.url, "--workspace", "nobodys"), "/api/auth/login was answered 404"),
        (("--address", f"http://127.0.0.1:{free_port()}"), "Is the platform up?"),
    ):
        done = a_day(tmp_path / "papers", *arguments)
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr
