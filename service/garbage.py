"""Python's collector of garbage, kept away from what is there for good.

Its third pass looks at every object that may lead to others: some 300,000 of modules, routes and
types, which takes as long as ten requests and frees nothing. What has been made by the time a
process is ready is set aside: it is never looked at again, and what comes later still is. So it is
with the modules of a command: to look through them while they are loaded takes a third of a start.
"""

import gc


def put_off() -> None:
    """Call this where a process begins: until `go_on` no garbage is looked for."""
    gc.disable()


def go_on() -> None:
    """Set aside what was loaded since `put_off`; where that was not called, do nothing."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def set_aside_for_good() -> None:
    """Call this once a process is ready. What is garbage by then goes first."""
    gc.collect()
    gc.freeze()
