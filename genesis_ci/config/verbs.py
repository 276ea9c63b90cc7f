"""What the command is to do; each verb asks for other inputs."""

from enum import StrEnum


class Verb(StrEnum):
    """The commands that are jobs."""

    RUN = "run"
    TRIGGER = "trigger"
    WAIT = "wait"
    CHECK = "check"
