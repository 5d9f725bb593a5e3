"""States of a job run."""

from config.kernel.choices import StatusChoices


class JobStatus(StatusChoices):
    """How far a job came."""

    RUNNING = "running", "info", "Running"
    DONE = "done", "good", "Done"
    FAILED = "failed", "bad", "Failed"
