"""What a generator is trained on, checked."""

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.records import Records


def require_members(members: Records, title: str) -> Records:
    """Return the members. Raises ``TrainingError`` where there are none; ``title`` is the generator's."""
    if not len(members):
        raise TrainingError(f"{title} was given no member to train on. Give it at least one row.")
    return members
