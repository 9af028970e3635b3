"""The migrations of an older release: what its database looks like before an upgrade."""

import shutil
from pathlib import Path

from migrations import runner


def files_until(last: int, folder: Path) -> Path:
    """The migrations up to a number, in a folder of their own."""
    for file in Path(runner.__file__).parent.glob("*.sql"):
        if int(file.name[:4]) <= last:
            shutil.copy(file, folder)
    return folder
