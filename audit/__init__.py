"""synthaudit: does a synthetic health data set, or the generator that makes it, give its patients away?"""

__version__ = "0.1.0"
