"""What runs the course: world, build, grading, reports, course page, command line. Never imported by learners' notebooks."""
