from deploy.processes import *  # noqa: F403
