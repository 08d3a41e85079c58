"""Files of a folder or a zip, one like the other, read only when they are wanted. Zips are not trusted."""

from __future__ import annotations

import functools
import io
import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from coursekit.errors import CourseError
from coursekit.files import read_bytes, readable
from coursekit.grading.collect import LARGEST_FILE, safe

MOST = 100_000  # files in one archive
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)


@dataclass(frozen=True)
class Entry:
    """One file: its name below the place that was asked for, its size in bytes, how to read it."""

    path: PurePosixPath
    size: int
    reader: Callable[[], bytes]
    problem: str = ""  # why it must not be taken

    def below(self, number: int) -> Entry:
        return Entry(PurePosixPath(*self.path.parts[number:]), self.size, self.reader, self.problem)

    def read(self) -> bytes:
        """Its content. Raises `CourseError` when it is refused, too large or damaged."""
        if self.problem:
            raise CourseError(self.problem)
        if self.size > LARGEST_FILE:
            raise CourseError(f"{self.path} is too large ({self.size / 1e6:.0f} MB).")
        return self.reader()


def refused(found: list[Entry]) -> str:
    """Why these files must not be taken, or ""."""
    return next((e.problem for e in found if e.problem), "")


def entries(origin: Path) -> list[Entry]:
    """All files of a folder or zip, without hidden ones. Raises `CourseError` when there is none to read."""
    if origin.is_dir():
        return _in_folder(origin)
    if not origin.exists():
        raise CourseError(f"{origin} does not exist.")
    if origin.suffix.lower() != ".zip":
        raise CourseError(f"{origin} is neither a folder nor a zip file.")
    try:
        file = zipfile.ZipFile(origin)
    except _BROKEN as problem:
        raise CourseError(f"{origin} is not a readable zip file ({problem}). Download it again.") from None
    return _in_zip(file, origin.name)


def is_zip(content: bytes) -> bool:
    """Whether a file begins like a zip, whatever it is called."""
    return content[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def unzipped(content: bytes, name: str) -> list[Entry]:
    """Files of a zip that stands inside another one or in a folder. Raises `CourseError`."""
    if content[:4] == b"Rar!" or content[:6] == b"7z\xbc\xaf\x27\x1c":
        raise CourseError(
            "It is a RAR or 7z archive, which is not read here. Ask the learner for a zip or the notebook."
        )
    try:
        return _in_zip(zipfile.ZipFile(io.BytesIO(content)), name)
    except _BROKEN as problem:
        raise CourseError(f"It is not a readable zip file ({problem}). Ask the learner for it again.") from None


def _in_folder(folder: Path) -> list[Entry]:
    found = []
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        name = PurePosixPath(readable(below.as_posix()))
        if _hidden(name):
            continue
        problem, size = "", 0
        if path.is_symlink() or any((folder / p).is_symlink() for p in below.parents):
            problem = f"{name} is a link, which is refused."
        elif path.is_dir():
            if os.access(path, os.R_OK | os.X_OK):
                continue
            problem = f"{name} is a folder that cannot be read. Change its permissions."
        elif not path.is_file():
            problem = f"{name} is neither a file nor a folder, which is refused."
        else:
            size = path.stat().st_size
        found.append(Entry(name, size, functools.partial(read_bytes, path), problem))
    return found


def _in_zip(archive: zipfile.ZipFile, zip_name: str) -> list[Entry]:
    found = []
    infos = [i for i in archive.infolist() if not i.is_dir()]
    if len(infos) > MOST:
        raise CourseError(f"{zip_name} holds more than {MOST:,} files.")
    for info in infos:
        whole = _name(info)
        name = PurePosixPath(whole.replace("\\", "/"))
        problem = ""
        if not safe(whole):
            problem = f"{zip_name} holds a name that leads out of its folder ({whole[:60]!r}), which is refused."
            inside = [p for p in name.parts if p not in ("..", "/")]
            name = PurePosixPath(*inside) if inside else PurePosixPath("nameless")
        elif stat.S_ISLNK(info.external_attr >> 16):
            problem = f"{zip_name} holds a link ({whole[:60]!r}), which is refused."
        if _hidden(name):
            continue
        found.append(Entry(name, info.file_size, _reader(archive, info), problem))
    return found


def _name(info: zipfile.ZipInfo) -> str:
    """A file's name; macOS writes UTF-8 and does not say so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(info) as file:
                content = file.read(LARGEST_FILE + 1)
        except _BROKEN as problem:
            raise CourseError(f"{_name(info)} in the zip file cannot be read ({problem}).") from None
        if len(content) > LARGEST_FILE:
            raise CourseError(f"{_name(info)} is too large.")
        return content

    return read


def _hidden(name: PurePosixPath) -> bool:
    return any(p.startswith(".") or p in ("__MACOSX", "__pycache__") for p in name.parts)
