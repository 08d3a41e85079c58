"""Packages that only some tests need, kept in the user's cache: the pins of deploy/*.txt, installed beside the course.

The course's own environment is not changed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from coursekit.items import ROOT


def extra_packages(name: str) -> Path:
    """The folder with the packages of deploy/NAME.txt, also on `sys.path` from now on. Fails with what pip said."""
    pins = ROOT / "deploy" / f"{name}.txt"
    digest = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()[:12]
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "priorauth-course"
    folder = caches / f"{name}-{digest}"
    if not folder.is_dir():
        fresh = caches / f".{name}-{digest}-{os.getpid()}"
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "-q", "--require-hashes", "--no-deps", "--target", str(fresh), "-r", str(pins)],
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        if not folder.exists():
            fresh.rename(folder)
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return folder
