"""Rules of the house that a reader could forget: each of them as a test."""

import ast
import re
from importlib.metadata import packages_distributions

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.house.tree import PACKAGES, ROOT, dotted, modules, name, parse, texts, uses

CLOCK = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
}
# Who may look at the machine's clock. Everybody else is told the time: in service/ by
# `Cairn.clock`, which holds the machine's clock beside the database's.
READS_THE_CLOCK = re.compile(r"service/(wiring|auth|ids)\.py|service/benchmarks/.*")
CHANCE = {"random", "secrets", "uuid.uuid4", "uuid.uuid1", "uuid4"}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
LONGEST_MODULE = 400
# A longer one says why in its docstring, and has an end as well.
LONGEST_WITH_A_REASON = 600
REASON = "Over 400 lines because "

TOP_LEVEL = {
    *PACKAGES,
    "tests",
    "docs",
    "docker-compose.yml",
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
    # Ordinary furniture.
    *("uv.lock", "Makefile", "LICENSE", "Dockerfile", "docs"),
}
# Words that say nothing: of a module, or as the last word of what is defined in one.
NOT_NAMES = {
    *("manager", "helper", "helpers", "util", "utils", "common", "base", "handler", "processor")
}
# click, httpcore and asyncpg look for them.
WORDS_OF_LIBRARIES = {"get_command", "get_extra_info", "get_reset_query"}


def test_imports_go_down_only():
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == (
        EXIT_STATUS_SUCCESS
    )


def test_few_look_at_the_clock_of_the_machine():
    assert [
        f"{name(path)}:{line} {used}"
        for path in modules()
        if not READS_THE_CLOCK.fullmatch(name(path))
        for line, used in uses(path)
        if used in CLOCK
    ] == []


def test_zones_are_read_in_one_place():
    # Another module could read the zone files of the machine before events/moment.py forbids it.
    assert [
        f"{name(path)}:{node.lineno}"
        for path in modules()
        if name(path) != "events/moment.py"
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "ZoneInfo"
    ] == []


def test_the_domain_and_the_workers_leave_nothing_to_chance():
    # What a worker issues has an id computed from its cause; keys are drawn in the seal alone.
    allowed = {"events/sealing.py", "events/keyring.py"}
    assert [
        f"{name(path)}:{line} {used}"
        for path in modules("events", "workers", "projections")
        if name(path) not in allowed
        for line, used in uses(path)
        if used in CHANCE
    ] == []


def test_only_the_settings_read_the_environment():
    assert [
        f"{name(path)}:{line} {used}"
        for path in modules()
        if name(path) != "service/settings.py"
        for line, used in uses(path)
        if used in ENVIRONMENT
    ] == []


def test_a_module_is_read_in_one_sitting():
    everything = modules(*PACKAGES, "tests")
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in everything}
    long = {path: lines for path, lines in lengths.items() if lines > LONGEST_MODULE}
    unexplained = [path for path in long if REASON not in (ast.get_docstring(parse(path)) or "")]
    assert {name(path): long[path] for path in unexplained} == {}
    assert {name(path) for path, lines in long.items() if lines > LONGEST_WITH_A_REASON} == set()


def test_a_module_opens_with_a_sentence_that_says_what_it_is():
    silent = [
        name(path)
        for path in modules()
        if (tree := parse(path)).body and not first_line(tree).endswith((".", ":"))
    ]
    assert silent == []


def first_line(tree: ast.Module) -> str:
    return (ast.get_docstring(tree) or "").partition("\n\n")[0].replace("\n", " ").strip()


def test_names_say_what_a_thing_is():
    defined = [(name(path), path.stem) for path in modules()]
    defined += [
        (f"{name(path)}:{node.lineno}", node.name)
        for path in modules()
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [
        f"{place} {word}"
        for place, word in defined
        if re.findall(r"[A-Z]?[a-z]*", word)[-2].lower() in NOT_NAMES
        or (word.startswith("get_") and word not in WORDS_OF_LIBRARIES)
    ] == []


def test_a_match_over_classes_that_goes_on_ends_in_assert_never():
    # Where every case answers, the type checker misses an answer; where none does, nothing is seen.
    assert [
        f"{name(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Match)
        and all(are_classes(case.pattern) for case in node.cases)
        and not all(isinstance(case.body[-1], ast.Return | ast.Raise) for case in node.cases)
    ] == []


def are_classes(pattern: ast.pattern) -> bool:
    if isinstance(pattern, ast.MatchOr):
        return all(are_classes(one) for one in pattern.patterns)
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is not None and are_classes(pattern.pattern)
    return isinstance(pattern, ast.MatchClass)


def test_every_exception_from_the_linter_has_its_reason():
    bare = re.compile(r"#\s*noqa(?::\s*[A-Z0-9, ]+)?\s*$", re.MULTILINE)
    assert [
        f"{name(path)}:{number}"
        for path in modules(*PACKAGES, "tests")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if bare.search(line)
    ] == []


def test_the_top_level_is_the_design_card():
    present = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert present - {"var", "dist", "build"} == TOP_LEVEL


@pytest.mark.parametrize("package", PACKAGES)
def test_no_dependency_brings_a_package_of_our_name(package):
    # "events" is on PyPI, too: installed beside ours, one of them would be the other.
    assert set(packages_distributions().get(package, [])) <= {"cairn"}


def test_no_machine_is_written_down():
    paths = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/\w+|file:///[a-z]")
    assert [
        f"{name(path)}: {found[0]}"
        for path, text in texts()
        if (found := paths.search(text)) and path.name != "test_rules.py"
    ] == []


def test_the_lock_names_no_index_but_the_public_one():
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^/\"]+", lock)) == {
        "https://pypi.org",
        "https://files.pythonhosted.org",
    }
