#!/usr/bin/env python3
"""Start the course: `python3 course.py lab`.

This launcher needs nothing but Python. It makes the folder `.venv` with the packages that requirements.txt lists
(each one pinned and checked by its hash), then runs the course command in it and ends with that command's exit code.
The variable PRIORAUTH_VENV puts the environment somewhere else.

The syntax of this file is old on purpose: an old Python must be able to read it and say what is missing.
"""

from __future__ import print_function  # noqa: UP010 - Python 2 must be able to read this file

import os
import sys

NEEDED = (3, 11)
ROOT = os.path.dirname(os.path.abspath(__file__))
HELP = """\
Prior authorization, hands on: a course in Jupyter notebooks.

  python3 course.py lab       set up what is missing and open the course in your browser
  python3 course.py doctor    check this computer and say how to mend what is wrong
  python3 course.py test      run the course's own tests
  python3 course.py setup     only set up

The first start downloads about 250 MB into the folder .venv (1 GB on disk) and takes a few minutes.
After that, `python3 course.py --help` lists all commands.
Needs Python 3.11 or later.
"""


def too_old():
    """Say in words that this Python is too old, or return None."""
    if sys.version_info >= NEEDED:
        return None
    return (
        "The course needs Python {}.{} or later; this is {}.{}.{} ({}). "
        "Get a newer one from https://www.python.org/downloads/ and start course.py with it."
    ).format(*(NEEDED + tuple(sys.version_info[:3]) + (sys.executable,)))


def run(env, arguments):
    """Run the course command in the environment; its exit code is ours."""
    os.environ["PATH"] = env.bin + os.pathsep + os.environ.get("PATH", "")  # nbgrader calls alembic by name
    os.environ["VIRTUAL_ENV"] = env.path
    os.environ["PRIORAUTH_ROOT"] = ROOT
    os.environ.pop("PYTHONHOME", None)
    command = [env.python, "-P", "-m", "coursekit"] + arguments  # -P: never a folder of that name where we stand
    if os.name != "nt":
        sys.stdout.flush()
        os.execv(command[0], command)
    import subprocess

    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the command hears Ctrl+C itself and decides
            continue


def main(arguments):
    """Set up what is missing, then run the command. Returns the exit code."""
    if too_old():
        print(too_old(), file=sys.stderr)
        return 1
    sys.path.insert(0, ROOT)
    from coursekit import environment

    try:
        env = environment.Environment(os.environ.get("PRIORAUTH_VENV") or os.path.join(ROOT, ".venv"))
        if env.fault() is not None:
            if not arguments or arguments[0] in ("-h", "--help", "help"):
                print(HELP, end="")
                return 0
            environment.set_up(env)
        if arguments == ["setup"]:
            print("The environment is ready: " + env.path)
            return 0
        return run(env, arguments)
    except environment.SetupError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print("The course cannot start: {}.".format(error), file=sys.stderr)  # noqa: UP032
    except KeyboardInterrupt:
        print("Stopped. Nothing half-made was left behind; start course.py again when you like.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
