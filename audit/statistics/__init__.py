"""The judge: arrays of scores in, an ``Estimate`` or ``NotMeasured`` out. Knows no attack and no model.

Higher score = more likely a member, everywhere. Ties count one half.
"""

from audit.statistics.estimate import Estimate, Measurement, NotMeasured

__all__ = ["Estimate", "Measurement", "NotMeasured"]
