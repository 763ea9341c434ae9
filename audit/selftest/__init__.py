"""The audit is audited: tables with known leaks are made from a real table, and every verdict on them is checked."""
