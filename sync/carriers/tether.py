"""Start a program that dies with whoever started it, even when that one is killed with -9.

Run as a file of its own, not in the fork of a node: code between fork and exec may hang in a process
that has threads. The kernel counts the *thread* that forked as the parent, so start it from one that lasts.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Tie this process to `parent`, then become the command; the process id stays the same."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The parent may have died before the line above: then nobody would ever send the signal.
    if os.getppid() != parent:
        sys.exit("the starting process is gone")
    os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
