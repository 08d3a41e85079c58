"""A lock between processes, freed by the system when its holder ends. Standard library only."""

import errno
import os

WINDOWS = os.name == "nt"


def take_lock(handle: int) -> bool:
    """Try to lock an open file. False when another process holds it; never waits.

    On a file system that has no locks it answers True: better to go on than to refuse the course.
    """
    try:
        if WINDOWS:
            import msvcrt

            os.lseek(handle, 1 << 20, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True
