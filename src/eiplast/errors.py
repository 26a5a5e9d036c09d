"""Errors meant for the reader: what was wrong, where, and what to do."""


class JobError(Exception):
    """A job cannot do its work; its message is the last line of the log."""


class DamagedFileError(JobError):
    """A NetCDF file cannot be read to its end."""
