"""Child processes that never outlive us, and that Ctrl-C does not reach on its own.

A terminal sends Ctrl-C to every process of its group at once, so each child gets a session of its
own and is told to stop by us, in our order. A child that loses its parent to SIGKILL is told by the
kernel (Linux: PR_SET_PDEATHSIG); elsewhere the next run finds and stops what was left.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(
    command: Sequence[str | Path],
    *,
    orphaned: signal.Signals,
    output: Path | None = None,
    environment: Mapping[str, str] | None = None,
    account: tuple[int, int] | None = None,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child that gets the signal `orphaned` when we die, however we die.

    Call this from the main thread: the kernel counts the death of the starting *thread*. `output`
    is appended to; without it the child writes where we write. `account` is a user and group id.
    """
    user, group = account if account is not None else (None, None)
    with contextlib.ExitStack() as files:
        sink = files.enter_context(output.open("ab")) if output is not None else None
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT if sink is not None else None,
            env=environment,
            cwd=folder,
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=[] if account is not None else None,
            preexec_fn=die_with(os.getpid(), orphaned),  # noqa: PLW1509  # Two system calls, no locks.
        )


def run_to_end(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    account: tuple[int, int] | None,
    folder: Path,
    told: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a program that ends by itself, and keep what it says; `told` is what it reads."""
    user, group = account if account is not None else (None, None)
    return subprocess.run(
        command,
        input=told,
        env=environment,
        user=user,
        group=group,
        extra_groups=[] if account is not None else None,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def die_with(parent: int, orphaned: signal.Signals) -> Callable[[], None] | None:
    """What the new child runs before it becomes the program (after it has changed accounts)."""
    libc = LIBC
    if libc is None:
        return None

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(orphaned))
        if os.getppid() != parent:  # It died in between: the signal will never come.
            os._exit(1)

    return tie


def stop(
    process: subprocess.Popen[bytes], *, by: signal.Signals, limit_seconds: float = 10
) -> bool:
    """Ask a child to stop, wait, and kill it when it has not; True when it went by itself."""
    if process.poll() is not None:
        return True
    process.send_signal(by)
    try:
        process.wait(limit_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True


def command_line(pid: int) -> str | None:
    """What the process `pid` runs, its arguments joined by spaces; None when there is no such one.

    >>> command_line(2**22 + 1) is None
    True
    """
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            # A dead process that nobody has waited for has an empty one.
            told = (proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ")
            return told.decode(errors="replace").strip() or None
        except OSError:
            return None
    answer = subprocess.run(  # Where there is no /proc, ps is part of the system.
        ["ps", "-o", "command=", "-p", str(pid)],  # noqa: S607  # From the PATH: no fixed place.
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip() or None


def wait_until(
    true: Callable[[], bool], *, limit_seconds: float, every_seconds: float = 0.01
) -> bool:
    """Look again and again until something is so; False when it was not so in time."""
    limit = time.monotonic() + limit_seconds
    while not true():
        if time.monotonic() > limit:
            return False
        time.sleep(every_seconds)
    return True
