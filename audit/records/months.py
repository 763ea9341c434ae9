"""Names of months as exports write them, in nine languages of Western Europe."""

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FULL_MONTHS = tuple("january february march april may june july august september october november december".split())  # noqa: SIM905
"""The names that dates are written with."""

_SHORT = """
jan janv ene gen gennaio
feb févr fév fev
mar mär märz mars mrt
apr avr abr
may mai mag maj mei
jun juin giu
jul juil lug
aug août ago
sep sept set
oct okt ott out
nov
dec dez déc dic des
"""
_FULL = """
january januar janvier enero gennaio janeiro januari jänner
february februar février febrero febbraio fevereiro februari
march märz mars marzo março maart marts
april avril abril aprile
may mai mayo maggio maio mei maj
june juni juin junio giugno junho
july juli juillet julio luglio julho
august août agosto augustus augusti
september septembre septiembre settembre setembro setiembre
october oktober octobre octubre ottobre outubro
november novembre noviembre novembro
december dezember décembre diciembre dicembre dezembro desember
"""
SHORT_MONTHS = {name: at for at, line in enumerate(_SHORT.split("\n")[1:-1], start=1) for name in line.split()}
LONG_MONTHS = {name: at for at, line in enumerate(_FULL.split("\n")[1:-1], start=1) for name in line.split()}
"""Which month each name means, from 1."""
