"""Attacks. They are given what an attacker would hold, they score, and they never grade themselves."""
