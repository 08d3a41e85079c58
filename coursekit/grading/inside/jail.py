"""Walls around the process that runs one submission: namespaces, limits, files it may open, calls it may make.

Linux only, by ctypes, without privileges. Each wall says whether it stands; the caller decides what to do without.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 24, 38
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = (
    0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000,
)  # fmt: skip
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 0x4000, 0x40000
NOBODY = 65533  # a user that owns nothing, for a grader that runs as root

MEMORY = 2_000_000_000  # bytes of address space above what is there when a submission starts
FILE = 64_000_000  # bytes of one file
SPACE = "128m"  # the private temporary folder
PROCESSES = 40


class NoWall(OSError):
    """A wall cannot be built on this machine."""


def _call(name: str, *args: object) -> int:
    result = getattr(_libc, name)(*args)
    if result == -1:
        code = ctypes.get_errno()
        raise NoWall(code, f"{name}: {os.strerror(code)}")
    return result


def drop_root() -> None:
    """Become nobody when started as root, so that limits on processes hold."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def hide() -> None:
    """No other process of the same user may look into this one or stop it from outside with a debugger."""
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)


def die_with_parent() -> None:
    _call("prctl", PR_SET_PDEATHSIG, 9, 0, 0, 0)


def namespaces() -> None:
    """New user, process, mount, IPC and host-name namespaces; the next fork is process 1 of its own world."""
    uid, gid = os.getuid(), os.getgid()
    _call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)  # else the maps below belong to root
    _call("unshare", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def private_files() -> None:
    """Fresh, empty, bounded /tmp and /dev/shm; /proc shows only this world, or nothing."""
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    for place in ("/tmp", "/dev/shm"):
        _mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, f"size={SPACE},nr_inodes=10000,mode=1777")
    try:
        _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    except NoWall:  # where the outer sandbox masks parts of /proc, the kernel refuses a new one
        _mount("tmpfs", "/proc", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k")


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    text = [None if t is None else t.encode() for t in (source, target, kind, options)]
    _call("mount", text[0], text[1], text[2], ctypes.c_ulong(flags), text[3])


def no_capabilities() -> None:
    """Give up the powers that a new user namespace grants inside itself."""
    for capability in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
            break
    header = struct.pack("Ii", 0x20080522, 0)
    _call("capset", header, struct.pack("6I", *[0] * 6))


def size() -> int:
    """Bytes of address space of this process."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def limits(seconds: int, base: int, processes: int = PROCESSES) -> None:
    """Limits on memory (above `base` bytes), file size, processor time, open files, processes; no core files."""
    for what, most in (
        (resource.RLIMIT_AS, base + MEMORY),
        (resource.RLIMIT_FSIZE, FILE),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def no_new_privileges() -> None:
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


# --- calls to the kernel ---------------------------------------------------------------------------------------

# Names with their numbers on x86_64 and aarch64; None where there is no such call.
_DENIED = {
    "ptrace": (101, 117), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "userfaultfd": (323, 282), "perf_event_open": (298, 241), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "open_by_handle_at": (304, 265),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "pidfd_getfd": (438, 438),
    "kcmp": (312, 272), "migrate_pages": (256, 238), "move_pages": (279, 239), "reboot": (169, 142), "settimeofday": (164, 170), "clock_settime": (227, 112),
}  # fmt: skip
_ALONE = {"fork": (57, None), "vfork": (58, None), "socket": (41, 198), "pidfd_open": (434, 434),
          "pidfd_send_signal": (424, 424), "setpgid": (109, 154), "setsid": (112, 157),
          "setpriority": (141, 140), "ioprio_set": (251, 30),
          # what Landlock does not cover: owners, permissions and times of files
          "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
          "lchown": (94, None), "fchown": (93, 55), "fchownat": (260, 54), "setxattr": (188, 5), "lsetxattr": (189, 6),
          "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
          "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88)}  # fmt: skip
# calls whose first argument must be this process, or 0
_OWN = {"kill": (62, 129), "tgkill": (234, 131), "tkill": (200, 130), "prlimit64": (302, 261),
        "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "sched_setaffinity": (203, 122),
        "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274)}  # fmt: skip
# calls that are refused for these second arguments: a file must not send signals to its owner (F_SETOWN and others)
_BUT = {(72, 25): (8, 10, 15), (16, 29): (0x8901, 0x8902)}  # fcntl, ioctl
_CLONE, _CLONE3 = (56, 220), (435, 435)
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_ALLOW, _EPERM, _ENOSYS, _KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
CLONE_THREAD = 0x10000


def calls(alone: bool) -> None:
    """Refuse calls that no lesson needs. With `alone`, also new processes, sockets and signals to others."""
    if platform.machine() not in _ARCHITECTURES:
        raise NoWall(0, f"no list of calls for {platform.machine()}")
    at, architecture = _ARCHITECTURES[platform.machine()]
    # load the architecture; another one is killed; load the call's number
    program = [(0x20, 0, 0, 4), (0x15, 1, 0, architecture), (0x06, 0, 0, _KILL), (0x20, 0, 0, 0)]
    if at == 0:
        program += [(0x35, 0, 1, 0x40000000), (0x06, 0, 0, _EPERM)]  # the x32 names of the same calls
    names = _DENIED | (_ALONE if alone else {})
    for numbers in names.values():
        if numbers[at] is not None:
            program += [(0x15, 0, 1, numbers[at]), (0x06, 0, 0, _EPERM)]
    if alone:
        program += [(0x15, 0, 1, _CLONE3[at]), (0x06, 0, 0, _ENOSYS)]  # then the C library takes clone
        program += [(0x15, 0, 4, _CLONE[at]), (0x20, 0, 0, 16), (0x45, 1, 0, CLONE_THREAD), (0x06, 0, 0, _EPERM)]
        program += [(0x06, 0, 0, _ALLOW)]
        for numbers in _OWN.values():
            program += [(0x15, 0, 5, numbers[at]), (0x20, 0, 0, 16)]
            program += [(0x15, 2, 0, os.getpid()), (0x15, 1, 0, 0), (0x06, 0, 0, _EPERM), (0x06, 0, 0, _ALLOW)]
        for numbers, refused in _BUT.items():
            many = len(refused)
            program += [(0x15, 0, many + 3, numbers[at]), (0x20, 0, 0, 24)]
            program += [(0x15, many - i, 0, value) for i, value in enumerate(refused)]
            program += [(0x06, 0, 0, _ALLOW), (0x06, 0, 0, _EPERM)]
    program += [(0x06, 0, 0, _ALLOW)]
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    _call("prctl", PR_SET_SECCOMP, 2, head, 0, 0)


# --- files --------------------------------------------------------------------------------------------------------


def landlock() -> int:
    """The version of Landlock that this kernel offers; 0 where there is none."""
    return max(0, _libc.syscall(444, None, 0, 1))


def only_files(readable: list[str], writable: list[str]) -> None:
    """From now on only these folders and files can be opened, and only those in `writable` changed."""
    version = landlock()
    if not version:
        raise NoWall(0, "no Landlock")
    every = (1 << 13) - 1
    every |= (1 << 13 if version >= 2 else 0) | (1 << 14 if version >= 3 else 0)
    read, of_files = 0b1101, 0b0111 | (1 << 14 if version >= 3 else 0)  # execute, read a file, list a folder
    attributes = struct.pack("QQQ", every, 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = _syscall(444, attributes, size, 0)
    try:
        for place, access in [(r, read) for r in readable] + [(w, every) for w in writable]:
            try:
                handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            if not os.path.isdir(place):
                access &= of_files
            _syscall(445, rules, 1, struct.pack("=Qi", access, handle), 0)
            os.close(handle)
        _syscall(446, rules, 0)
    finally:
        os.close(rules)


def _syscall(number: int, *args: object) -> int:
    return _call("syscall", ctypes.c_long(number), *args)


if __name__ == "__main__":  # whether the walls of a sandbox can be built here: an error if not
    drop_root()
    namespaces()
