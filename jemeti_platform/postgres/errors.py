"""What may go wrong with a PostgreSQL server, in sentences for the one who starts the platform."""

__all__ = ["REMEDY", "EmbeddedError", "ServerTooOld", "because"]

REMEDY = "Set sqlalchemy.url in the ini file to use a PostgreSQL server (15 or newer) instead."

# What PostgreSQL says, and what it means to the reader.
CAUSES = {
    "No space left on device": "the disk that holds {path} is full. Make room, or choose another folder with --data.",
    "Read-only file system": "{path} is on a disk that cannot be written. Choose another folder with --data.",
    "Permission denied": "{path} may not be read or written by the account that runs PostgreSQL.",
    "has invalid permissions": "{path} may be read by others. Close it (chmod 700).",
    "could not create shared memory": "the machine has no shared memory left for it.",
    "user does not exist": "it wants its user to have a name, and this one has only a number. Add it to /etc/passwd.",
    "Cannot allocate memory": "the machine has no memory left for it.",
}


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot be had here; the message says why and what to do."""


class ServerTooOld(Exception):
    """The PostgreSQL server is older than the platform supports."""


def because(what: str, path: object, said: str) -> str:
    """Return `what` as a sentence with the cause found in what a program `said`, or else its last lines."""
    for phrase, cause in CAUSES.items():
        if phrase in said:
            return f"{what}: {cause.format(path=path)}"
    return f"{what} in {path}. It said:\n" + "\n".join(said.strip().splitlines()[-10:])
