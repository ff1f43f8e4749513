"""The README's lines work as printed: run by a shell against a platform that was just started."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from jemeti_platform.cli import main
from jemeti_platform.testing.running import Running, command, data_folder

TOP = Path(__file__).parents[1]
README = (TOP / "README.md").read_text()

# Stands in for curl: the real one, with the status of each answer noted on the way.
WRAPPER = """#!/bin/sh
exec {curl} -w '%{{stderr}}%{{http_code}}\\n' "$@" 2>>{statuses}
"""


@pytest.fixture(scope="module")
def running():
    with data_folder() as data, Running(data, command("up", "--data", data, "--ini", TOP / "development.ini")) as run:
        yield run


def test_every_curl_line_answers_what_the_readme_says(running, tmp_path):
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)).replace(
        "6543", str(running.port)
    )
    expected = re.findall(r"curl [^#]*?# (\d{3})$", script, re.MULTILINE)
    assert len(expected) == script.count("curl ") > 8
    statuses = tmp_path / "statuses"
    curl = tmp_path / "curl"
    curl.write_text(
        WRAPPER.format(curl=subprocess.check_output(["which", "curl"], text=True).strip(), statuses=statuses)
    )
    curl.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
        check=False,
    )
    assert run.returncode == 0, run
    assert statuses.read_text().split() == expected, run.stdout
    for line in run.stdout.replace("}{", "}\n{").splitlines():
        json.loads(line)


def test_the_table_of_commands_is_complete():
    told = set(re.findall(r"^\| `jemeti ([\w-]+)", README, re.MULTILINE))
    assert told == set(main.commands)


def test_links_to_files_lead_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)", README):
        assert (TOP / target).exists(), target
