"""Grading: from submissions to points in nbgrader's gradebook and feedback pages."""
