"""What to audit, how, and how hard to look: a plan, checked before anything runs."""

from synthaudit.audit.suite.plan.plan import DEVICES as DEVICES
from synthaudit.audit.suite.plan.plan import Choice as Choice
from synthaudit.audit.suite.plan.plan import DataPlan as DataPlan
from synthaudit.audit.suite.plan.plan import FilePlan as FilePlan
from synthaudit.audit.suite.plan.plan import Plan as Plan
from synthaudit.audit.suite.plan.plan import build as build
from synthaudit.audit.suite.plan.plan import check_device as check_device
from synthaudit.audit.suite.plan.plan import construct as construct
from synthaudit.audit.suite.plan.plan import make_plan as make_plan
from synthaudit.audit.suite.plan.plan import options_of as options_of
from synthaudit.audit.suite.plan.plan import read_plan as read_plan
from synthaudit.audit.suite.plan.plan import rows_of as rows_of
