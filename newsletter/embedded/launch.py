"""Become the program named on the command line, tied to the life of the process that asked for it.

Run as a script, before anything of ours is imported: ``python -I -S launch.py <pid of the parent> <program> [argument …]``.
On Linux the kernel then kills the program when the parent thread that started it dies, however it dies. A `preexec_fn` would
do the same, but runs Python between fork and exec, which is unsafe beside threads.
"""

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(arguments: list[str]) -> int:
    """Replace this process by the program; return only when that is impossible."""
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        _die_with_parent()
    if os.getppid() != parent:
        return 1  # it died before the kernel knew of the tie
    try:
        os.execvp(command[0], command)  # noqa: S606  the point of this script
    except OSError as error:
        sys.stderr.write(f"Cannot run {command[0]}: {error.strerror}.\n")
    return 127


def _die_with_parent() -> None:
    import ctypes

    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        sys.stderr.write("The kernel refused PR_SET_PDEATHSIG; this program may outlive its supervisor.\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
