"""The folder of a copy of ours (CAIRN_VAR): it holds the master key, which git must not take."""

from pathlib import Path

IGNORED = ".gitignore"


def make_own_folder(folder: Path) -> None:
    """Make it, or take an empty one; whatever comes to lie in it, `git add .` leaves out.

    A folder in which there is something already is left as it is: it might be anybody's. Raises
    OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        (folder / IGNORED).write_text("*\n", encoding="utf-8")
