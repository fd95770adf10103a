"""What a definition is made of."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Definition:
    """The words for one number, or for one word of the pages."""

    key: str  # as files and pages refer to it
    name: str | Promise
    unit: str | Promise  # "" where the number is a count of what its name says, and for a word
    sentence: str | Promise  # with its edge case
    source: str | Promise = ""  # the formula, or where it is taken from
    columns: tuple[tuple[int, str], ...] = ()  # Kaltura's: number of the report, name

    @property
    def anchor(self) -> str:
        """Return where it stands in the help."""
        return self.key.replace("_", "-")
