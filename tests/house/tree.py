"""The files of the house, and how the rules read them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("service", "workers", "projections", "events", "migrations")
# Made by tools, or the record itself: none of it is source.
MADE = {"var", "dist", "build", "__pycache__", "secrets"}


def modules(*packages: str) -> list[Path]:
    """The Python files of the packages (of all five without any), in order."""
    return sorted(
        path for package in packages or PACKAGES for path in (ROOT / package).rglob("*.py")
    )


def name(path: Path) -> str:
    """How a rule calls a file: its path in the house."""
    return path.relative_to(ROOT).as_posix()


@cache
def parse(path: Path) -> ast.Module:
    """A file's tree, which no rule changes."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def dotted(node: ast.AST) -> str:
    """`datetime.now` for the attribute `now` of the name `datetime`; "" for anything else.

    >>> dotted(ast.parse("os.environ.get").body[0].value)
    'os.environ.get'
    """
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            before = dotted(node.value)
            return f"{before}.{node.attr}" if before else node.attr
    return ""


@cache
def uses(path: Path) -> list[tuple[int, str]]:
    """Every dotted name a module uses or imports, with its line."""
    return list(found_uses(path))


def found_uses(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(parse(path)):
        match node:
            case ast.Attribute():
                yield node.lineno, dotted(node)
            case ast.ImportFrom():
                for alias in node.names:
                    yield node.lineno, f"{node.module}.{alias.name}"
            case ast.Import():
                for alias in node.names:
                    yield node.lineno, alias.name


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file that belongs to the house, hidden ones that are ours included."""
    hidden = {".ci", ".gitignore", ".dockerignore", ".github"}
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        ours = not parts[0].startswith(".") or parts[0] in hidden
        if not ours or MADE.intersection(parts) or not path.is_file():
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
