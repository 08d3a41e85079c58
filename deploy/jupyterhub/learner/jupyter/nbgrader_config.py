"""nbgrader's settings on a learner's server: which course, where the exchange is, and who she is.

nbgrader would take the account of the operating system as the learner's name. On The Littlest JupyterHub that is
`jupyter-ada` for the hub's `ada`, and in a container it is the same for all. The gradebook should hold hub names.
"""

import os

c = get_config()  # noqa: F821  (nbgrader puts it here)

c.CourseDirectory.course_id = "priorauth"
c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]
c.Exchange.root = os.environ["PRIORAUTH_EXCHANGE"]
