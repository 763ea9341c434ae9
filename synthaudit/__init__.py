"""synthaudit: privacy audits of synthetic health data."""

from synthaudit.audit import __version__ as __version__
