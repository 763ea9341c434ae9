"""Contract tests that the author of a plug-in runs, so that an audit can rely on the plug-in as on the catalogue.

    from synthaudit.testing import check_membership_attack

    def test_my_attack_keeps_the_contract():
        check_membership_attack(MyAttack)          # or an instance: MyAttack(neighbours=3)

Each function drives a class, or an instance of one, on a small simulated table and raises ``AssertionError`` with a
plain sentence where it does not do what ``synthaudit.audit.protocols`` asks. A class needs a default for every option;
give an instance where one has none. A check takes seconds at most, besides what the plug-in itself takes.
"""

from synthaudit.testing.attacks import check_attribute_attack as check_attribute_attack
from synthaudit.testing.attacks import check_membership_attack as check_membership_attack
from synthaudit.testing.attacks import check_reidentification_attack as check_reidentification_attack
from synthaudit.testing.generators import check_generator as check_generator
from synthaudit.testing.metrics import check_metric as check_metric
