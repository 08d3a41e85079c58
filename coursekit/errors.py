"""Errors that a person reads."""


class CourseError(Exception):
    """Something a person can mend. The message is one sentence: what was wrong, where, what to do."""
