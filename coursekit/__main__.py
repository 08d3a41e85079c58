"""`python -m coursekit`: what `course.py` runs once the environment is there."""

from coursekit.cli import main

main()
