"""What a caller may see, as SQL: the one source of rights for reads, writes, searches and streams.

Each table has one predicate per role. `{row}` stands for the row's alias, `{me}` for the caller's id. The role is a
constant of the text, not a parameter, so that PostgreSQL plans for it (an OR over roles costs whole-table sorts).
"""

from __future__ import annotations

from models.accounts import Role
from services.callers import Caller

NOBODY = "false"
EVERYBODY = "true"

_OWN_BENEFICIARY = "exists (select 1 from accounts b where b.id = {row}.beneficiary_id and b.advisor_id = {me})"
_MY_STRUCTURE = "(select s.structure_id from accounts s where s.id = {me})"

_CONVERSATIONS = {
    Role.BENEFICIARY: "{row}.beneficiary_id = {me}",
    Role.ADVISOR: _OWN_BENEFICIARY,
}

_MESSAGES = {
    Role.BENEFICIARY: "exists (select 1 from conversations c where c.id = {row}.conversation_id and c.beneficiary_id = {me})",
    Role.ADVISOR: (
        "exists (select 1 from conversations c join accounts b on b.id = c.beneficiary_id where c.id = {row}.conversation_id and b.advisor_id = {me})"
    ),
}

_ACCOUNTS = {
    Role.BENEFICIARY: "({row}.id = {me} or {row}.id = (select b.advisor_id from accounts b where b.id = {me}))",
    Role.ADVISOR: f"({{row}}.id = {{me}} or {{row}}.advisor_id = {{me}} or ({{row}}.role = 'ADVISOR' and {{row}}.structure_id = {_MY_STRUCTURE}))",
    Role.SUPPORT: "({row}.id = {me} or {row}.role = 'ADVISOR')",
    Role.INTEGRATOR: "{row}.id = {me}",
}

_STRUCTURES = {
    Role.BENEFICIARY: f"{{row}}.id = {_MY_STRUCTURE}",
    Role.ADVISOR: f"{{row}}.id = {_MY_STRUCTURE}",
    Role.SUPPORT: EVERYBODY,
    Role.INTEGRATOR: EVERYBODY,
}

_PREDICATES: dict[str, dict[Role, str]] = {
    "conversations": _CONVERSATIONS,
    "messages": _MESSAGES,
    "accounts": _ACCOUNTS,
    "structures": _STRUCTURES,
}


STRUCTURES_SCOPE = "structures:read"


def readable(table: str, caller: Caller, row: str, me: str = "$1") -> str:
    """The SQL condition that keeps the rows of `table` (aliased `row`) which `caller` may see; `me` names the parameter with its id."""
    if table == "structures" and caller.role is Role.INTEGRATOR and STRUCTURES_SCOPE not in caller.scopes:
        return NOBODY
    return _PREDICATES[table].get(caller.role, NOBODY).format(row=row, me=me)
