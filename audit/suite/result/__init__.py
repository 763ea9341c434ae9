"""The waist of the house: everything an audit found, in one versioned file without a patient in it."""

from synthaudit.audit.suite.result.cards import DataCard as DataCard
from synthaudit.audit.suite.result.cards import Level as Level
from synthaudit.audit.suite.result.cards import MethodCard as MethodCard
from synthaudit.audit.suite.result.cards import Model as Model
from synthaudit.audit.suite.result.cards import Part as Part
from synthaudit.audit.suite.result.cards import RunCard as RunCard
from synthaudit.audit.suite.result.cards import Section as Section
from synthaudit.audit.suite.result.cards import Source as Source
from synthaudit.audit.suite.result.cards import SplitCard as SplitCard
from synthaudit.audit.suite.result.cards import SystemCard as SystemCard
from synthaudit.audit.suite.result.finding import Finding as Finding
from synthaudit.audit.suite.result.finding import Severity as Severity
from synthaudit.audit.suite.result.finding import Verdict as Verdict
from synthaudit.audit.suite.result.result import FORMAT as FORMAT
from synthaudit.audit.suite.result.result import VERSION as VERSION
from synthaudit.audit.suite.result.result import Estimated as Estimated
from synthaudit.audit.suite.result.result import Guarantee as Guarantee
from synthaudit.audit.suite.result.result import Number as Number
from synthaudit.audit.suite.result.result import Result as Result
from synthaudit.audit.suite.result.result import Row as Row
from synthaudit.audit.suite.result.result import Series as Series
from synthaudit.audit.suite.result.result import ThreatModel as ThreatModel
from synthaudit.audit.suite.result.result import Unmeasured as Unmeasured
from synthaudit.audit.suite.result.result import measurement_of as measurement_of
from synthaudit.audit.suite.result.result import number_of as number_of
from synthaudit.audit.suite.result.result import read_result as read_result
