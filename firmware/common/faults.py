"""What is raised when a computation's result is not what it must be."""


class FaultError(Exception):
    """The result is not released."""
