"""Tables that are only added to: what migrations say so that the database refuses the rest."""

from alembic import op

SAYING = "only added to"
REVOKE = """
DO $$
DECLARE grantee text;
BEGIN
    FOR grantee IN
        SELECT DISTINCT g.grantee FROM information_schema.role_table_grants AS g
        WHERE g.table_schema = current_schema() AND g.table_name = '{table}'
            AND g.grantee <> current_user AND g.grantor = current_user
    LOOP
        EXECUTE format('REVOKE {rights} ON {table} FROM %I', grantee);
    END LOOP;
END $$
"""
FUNCTION = f"""
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is {SAYING}', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""


def append_only(*tables: str) -> None:
    """Let the database refuse to change and to delete rows of these tables, whoever asks.

    On PostgreSQL the roles that serve lose the right, too.
    """
    if op.get_bind().dialect.name == "sqlite":
        for table in tables:
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, 'table {table} is {SAYING}'); END"
                )
        return
    op.execute(FUNCTION)
    for table in tables:
        for when, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            name = f"{table}_no_{when.split()[0].lower()}"
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {when} ON {table}"
                f" FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            )
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
        revoke(table, "UPDATE, DELETE, TRUNCATE")


def changed_again(*tables: str) -> None:
    """Take back `append_only`; rights stay revoked."""
    lite = op.get_bind().dialect.name == "sqlite"
    for table in tables:
        for act in ("update", "delete") if lite else ("update", "truncate"):
            op.execute(f"DROP TRIGGER {table}_no_{act}" + ("" if lite else f" ON {table}"))


def revoke(table: str, rights: str) -> None:
    """Take rights to a table from the roles that serve; SQLite knows none."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(REVOKE.format(table=table, rights=rights))


def trigrams() -> None:
    """Let PostgreSQL index parts of texts; the extension comes with the server's own packages."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
