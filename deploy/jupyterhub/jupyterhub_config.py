"""JupyterHub for a class: what this course adds to a hub. docs/deployment.md takes you through it.

It sets no authenticator, no spawner and no address: those belong to your hub. So the same file serves
- one machine with The Littlest JupyterHub: copy it into /opt/tljh/config/jupyterhub_config.d/,
- one machine without it: `jupyterhub -f deploy/jupyterhub/jupyterhub_config.py`,
- Kubernetes: values.yaml gives it to Zero to JupyterHub.

A person's hub name is her name in the gradebook. Instructors share one account for the class, the grader: they open
its server, where formgrader is, in a tab of its own. Nobody logs in as the grader.
"""

import os
from pathlib import Path

from tornado.web import HTTPError

if "c" not in globals():  # Zero to JupyterHub has it already, and another get_config
    c = get_config()  # noqa: F821  (JupyterHub puts it here)

# The settings of a class. Change them here, or set the variables where the hub is started.
COURSE = os.environ.get("PRIORAUTH_COURSE", "/srv/priorauth/course")  # the whole course; only the grader may read it
LEARNERS = os.environ.get("PRIORAUTH_LEARNERS", "/srv/priorauth/learners")  # made by `course.py learners`; no keys
EXCHANGE = os.environ.get("PRIORAUTH_EXCHANGE", "/srv/priorauth/exchange")  # all servers see this folder
GRADER = os.environ.get("PRIORAUTH_GRADER", "grader-priorauth")  # an account that no person has
INSTRUCTORS = os.environ.get("PRIORAUTH_INSTRUCTORS", "").split()  # hub names of those who grade
GRADER_IMAGE = os.environ.get("PRIORAUTH_GRADER_IMAGE", "")  # Kubernetes only

# Instructors may start and open the grader's server; that is all they get. The second role makes the account.
c.JupyterHub.load_roles.extend(
    [
        {
            "name": "instructors-priorauth",
            "description": "May start, stop and open the server on which this class is graded",
            "users": INSTRUCTORS,
            "scopes": [f"servers!user={GRADER}", f"access:servers!user={GRADER}", f"read:users:name!user={GRADER}"],
        },
        {"name": "grader-priorauth", "description": "The account itself", "users": [GRADER], "scopes": ["self"]},
    ]
)
c.Authenticator.allowed_users.update({GRADER, *INSTRUCTORS})
its_own_hook = c.Authenticator.get("post_auth_hook")


def only_people(authenticator, handler, authentication):
    """Refuse a login as the grader, whatever the password: with some logins the first to come would set it."""
    if authentication["name"] == GRADER:
        raise HTTPError(403, f"Nobody logs in as {GRADER}. Instructors open /hub/spawn/{GRADER} under their own name.")
    return its_own_hook(authenticator, handler, authentication) if its_own_hook else authentication


c.Authenticator.post_auth_hook = only_people
# A second server beside the first one: both show the same files.
c.JupyterHub.allow_named_servers = True


def start(spawner):
    """Before a server starts: tell it where the course is. JupyterHub calls this for every server."""
    if spawner.user.name == GRADER:
        of_the_grader(spawner)
    elif Path(LEARNERS, "coursekit").is_dir():
        of_practice(spawner)
    else:
        of_the_class(spawner)


def of_the_grader(spawner):
    """The whole course, stock nbgrader, formgrader first."""
    spawner.notebook_dir = COURSE
    spawner.default_url = "/formgrader"
    if GRADER_IMAGE:
        spawner.image = GRADER_IMAGE
    tell(spawner, PYTHONPATH=COURSE, JUPYTER_CONFIG_PATH=COURSE, PRIORAUTH_EXCHANGE=EXCHANGE)


def of_the_class(spawner):
    """A graded class: data, tools, pages, and modules from the exchange. No key is on this server."""
    jupyter = os.path.join(LEARNERS, "jupyter")
    spawner.default_url = "/course"
    tell(spawner, PYTHONPATH=LEARNERS, JUPYTER_CONFIG_PATH=jupyter, JUPYTER_PATH=jupyter, PRIORAUTH_EXCHANGE=EXCHANGE)


def of_practice(spawner):
    """No grades: the whole course with *Grade my work*, as on a learner's own machine. The keys can be read here."""
    jupyter = os.path.join(LEARNERS, "coursekit", "page", "jupyter")
    spawner.default_url = "/course"
    space = "~/prior-authorization"  # below the learner's home; her server replaces the ~
    tell(spawner, PYTHONPATH=LEARNERS, JUPYTER_CONFIG_PATH=jupyter, JUPYTER_PATH=jupyter, PRIORAUTH_WORKSPACE=space)


def tell(spawner, **variables):
    """Set variables of a server; a ...PATH goes in front of the one that is there."""
    before = spawner.environment
    for name in [n for n in variables if n.endswith("PATH") and before.get(n)]:
        variables[name] += os.pathsep + before[name]
    quiet = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # else each kernel warns about frozen modules
    spawner.environment = {**before, **quiet, **variables}


c.Spawner.pre_spawn_hook = start
