"""What a schema says columns are to an attacker, put into the plan, so that the result states it."""

from pathlib import Path

from synthaudit.audit.records import read_schema
from synthaudit.audit.records.readers.loaded_records import find_file
from synthaudit.audit.suite.plan import Plan


def with_schema_roles(plan: Plan, base: Path) -> Plan:
    """Return the plan with secrets, quasi-identifiers and public columns of its schema where it names none itself."""
    if plan.data.schema_file is None:
        return plan
    declared, own = read_schema(find_file(base, plan.data.schema_file)), plan.secrets
    roles = {
        "columns": own.columns or declared.secrets,
        "quasi_identifiers": own.quasi_identifiers or declared.quasi_identifiers,
        "public": own.public or declared.public,
    }
    return plan.model_copy(update={"secrets": own.model_copy(update=roles)})
