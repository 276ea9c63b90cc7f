"""What can go wrong with the emulator itself, as opposed to what it answers."""


class EmulatorError(Exception):
    """Root of the emulator's own errors; the message says what to do next."""


class ScenarioError(EmulatorError):
    """A scenario that cannot be used; `problems` has one line each, with file and line."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class AddressError(EmulatorError):
    """The address to serve on is taken, unknown or not allowed."""


class NotPossibleError(EmulatorError):
    """A control action that the execution's present state does not allow."""


class UnknownExecutionError(EmulatorError):
    """A control action names an execution that does not exist."""
