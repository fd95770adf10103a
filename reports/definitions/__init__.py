"""What each number and word is, in words that a teacher would accept.

Pages, files and the help take their words from here, so that a number is called the same and means
the same wherever it stands. How a number is computed is not here: `reports.queries`.
"""

from reports.definitions.administration import ADMINISTRATION, FINDINGS
from reports.definitions.catalogue import DEFINITIONS
from reports.definitions.definition import Definition
from reports.definitions.figures import FIGURES
from reports.definitions.reading import PERSON_REMARKS, READING, STATUS_SENTENCES, STATUSES
from reports.definitions.register import (
    MARK_SIGNS,
    MARK_WORDS,
    MATCH_WORDS,
    OTHER_WORDS,
    REASON_DEFINITIONS,
    REASON_WORDS,
    REGISTER,
)
from reports.definitions.roster import (
    ENROLMENT_KINDS,
    ROSTER,
    ROSTER_ERRORS,
    ROSTER_REASONS,
    RosterError,
)
from reports.definitions.words import WORDS

__all__ = [
    "ADMINISTRATION",
    "DEFINITIONS",
    "ENROLMENT_KINDS",
    "FIGURES",
    "FINDINGS",
    "MARK_SIGNS",
    "MARK_WORDS",
    "MATCH_WORDS",
    "OTHER_WORDS",
    "PERSON_REMARKS",
    "READING",
    "REASON_DEFINITIONS",
    "REASON_WORDS",
    "REGISTER",
    "ROSTER",
    "ROSTER_ERRORS",
    "ROSTER_REASONS",
    "STATUSES",
    "STATUS_SENTENCES",
    "WORDS",
    "Definition",
    "RosterError",
]
