"""Every definition by its key."""

from reports.definitions.administration import ADMINISTRATION
from reports.definitions.definition import Definition
from reports.definitions.figures import FIGURES
from reports.definitions.reading import READING
from reports.definitions.register import REGISTER
from reports.definitions.roster import ROSTER
from reports.definitions.words import WORDS

DEFINITIONS: dict[str, Definition] = {
    definition.key: definition
    for definition in (*READING, *FIGURES, *WORDS, *ROSTER, *REGISTER, *ADMINISTRATION)
}
