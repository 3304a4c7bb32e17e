from deploy.ports import *  # noqa: F403
