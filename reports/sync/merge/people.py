"""People of a tile: found by key, made, renamed by the latest session that names them.

An erased person's key leads to the pseudonym: a later sync can't bring anybody back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from reports.sync.merge.tile import Merge

FORGET = "DELETE FROM staged_person WHERE number = %s"
# People that were found already are not looked for again.
FIND = """
UPDATE staged_person SET
    person_id = stored.id,
    is_renamed = stored.erased_at IS NULL AND staged_person.name IS NOT NULL
        AND (stored.name <> staged_person.name
             OR stored.email <> COALESCE(staged_person.email, ''))
FROM reports_person stored
WHERE stored.account_id = %s AND stored.key = staged_person.key
    AND staged_person.person_id IS NULL
"""
ADD = """
INSERT INTO reports_person (account_id, key, user_id, name, email, is_placeholder)
SELECT %s, key, user_id, COALESCE(name, ''), COALESCE(email, ''), is_placeholder
FROM staged_person WHERE person_id IS NULL ORDER BY key
"""
# A later tile has named who was seen in one; but any name is better than none.
RENAME = """
UPDATE reports_person SET name = staged.name, email = COALESCE(staged.email, '')
FROM staged_person staged
WHERE reports_person.id = staged.person_id AND staged.is_renamed
    AND (reports_person.name = '' OR NOT EXISTS (
        SELECT 1 FROM reports_attendance seen JOIN reports_tile tile ON tile.id = seen.tile_id
        WHERE seen.person_id = reports_person.id AND tile.start_at > %s
    ))
"""


def write_people(merge: Merge) -> None:
    """Bring names up to date, and give everybody in the stage the id of their person.

    Who was erased is taken out of the stage: `Stage.pseudonyms` has them.
    """
    account, stage = merge.account.pk, merge.stage
    with connection.cursor() as cursor:
        cursor.executemany(FORGET, [(stage.people[key],) for key in stage.pseudonyms])
        cursor.execute(FIND, [account])
        cursor.execute(ADD, [account])
        if cursor.rowcount:
            cursor.execute(FIND, [account])
        cursor.execute(RENAME, [merge.tile.start_at])
