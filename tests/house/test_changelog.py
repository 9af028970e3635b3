"""CHANGELOG.md keeps its form, and names nothing that this release does not have."""

import re

from service.problems import catalogue
from service.settings import SETTINGS
from tests.house.tree import ROOT
from tests.service.test_openapi import DOCUMENT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
# What is removed is named as well, and is no longer there.
UNRELEASED = re.sub(r"### Removed\n.*?(?=\n##|\Z)", "", CHANGELOG, flags=re.DOTALL)
UNRELEASED = re.split(r"\n## ", UNRELEASED)[1]
SECTIONS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def test_has_the_sections_of_keep_a_changelog_in_order() -> None:
    releases = re.split(r"\n## ", CHANGELOG)[1:]
    assert releases[0].startswith("Unreleased\n")
    for release in releases:
        named = re.findall(r"^### (.+)$", release, flags=re.MULTILINE)
        assert named == [one for one in SECTIONS if one in named]


def test_says_of_every_line_whom_the_change_is_about() -> None:
    for section in re.split(r"\n### ", UNRELEASED)[1:]:
        title, _, lines = section.partition("\n")
        for line in re.findall(r"^- (.+)$", lines, flags=re.MULTILINE):
            assert title == "Security" or re.match("(apps|operators|people): ", line), line


def test_names_routes_settings_and_refusals_that_there_are() -> None:
    routes = re.findall(r"(?<=`)([A-Z]+) (/v1/[^`]+)(?=`)", UNRELEASED)
    assert routes
    for method, path in routes:
        assert method.lower() in DOCUMENT["paths"][path], path
    settings = set(re.findall(r"CAIRN_[A-Z_]+", UNRELEASED))
    assert settings <= set(SETTINGS)
    slugs = set(re.findall(r"\(\d{3}, `([a-z-]+)`\)", UNRELEASED))
    assert slugs
    assert slugs <= set(catalogue())
