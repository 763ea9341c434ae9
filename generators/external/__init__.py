"""Generators made elsewhere: a Python class, an object to wrap, or a program in any language.

In a plan, ``use = "package.module:Class"`` names any class that fits ``synthaudit.audit.protocols.Generator``;
``use = "synthaudit.generators.external:Program"`` runs a command; ``use = "synthaudit.generators.external:Adapter"``
wraps an object.
"""

from synthaudit.generators.external.adapter import Adapter as Adapter
from synthaudit.generators.external.program import Program as Program
