"""What an operating system gives as a cause, in its own English words, which the catalogue knows."""

from pipeline.language.say import Said, say, say_known

__all__ = ["os_cause"]

_KNOWN = (
    say("No such file or directory"), say("Permission denied"), say("Operation not permitted"),
    say("Is a directory"), say("Not a directory"), say("File exists"), say("File name too long"),
    say("No space left on device"), say("Disk quota exceeded"), say("Read-only file system"), say("File too large"),
    say("Too many open files"), say("Input/output error"), say("Invalid argument"), say("Address already in use"),
    say("Connection refused"), say("Too many levels of symbolic links"), say("Device or resource busy"),
    say("Directory not empty"), say("Illegal seek"), say("Stale file handle"), say("Cannot allocate memory"),
    say("Not a regular file"),
    # of zipfile, for what calls itself a workbook
    say("File is not a zip file"), say("Bad magic number for central directory"),
)  # fmt: skip
"""As `os.strerror` says them; the literals are what the catalogue is made from."""


def os_cause(error: OSError) -> Said:
    """The cause, such as `No such file or directory`; the name of the error's kind where it has none."""
    return say_known(error.strerror or type(error).__name__)
