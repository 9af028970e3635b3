"""`cairn token --scrape`: a key for Prometheus, drawn anew each time."""

import os
import re
import subprocess
import sys
from pathlib import Path

from service.settings import Settings
from tests.house.tree import ROOT


def test_can_be_set_beside_the_one_before_and_is_never_the_same(say):
    drawn = [say("token", "--scrape").out.strip() for _ in range(2)]
    assert Settings.from_env({"CAIRN_SCRAPE_KEY": " ".join(drawn)}).scrape_keys == tuple(drawn)
    assert drawn[0] != drawn[1]
    assert len(say("token", "--scrape", "--json").answer["scrape_key"]) >= 32


def test_is_of_no_role_and_a_token_is_of_one(say):
    assert say("token", "--scrape", "--role", "app").code == 2
    told = say("token")
    assert (told.code, "--role" in told.err) == (2, True)


def test_lies_in_a_file_as_the_page_says(tmp_path):
    page = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```sh\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run(["sh", "-euc", block], cwd=tmp_path, check=True, env=environment)
    given = {"CAIRN_SCRAPE_KEY_FILE": str(tmp_path / "scrape.key")}
    (key,) = Settings.from_env(given).scrape_keys
    assert len(key) >= 32
