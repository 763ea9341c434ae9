"""Audits of a claim of differential privacy: what was claimed, and which epsilon is refuted by attack.

Three audits, none of which can prove a claim; each can refute one:

- ``pairs``: the members and strangers of any release, paired at random, where the audit itself drew the split;
- ``canaries``: one training with many made-up records, each inserted by a coin of its own;
- ``trainings``: many trainings on two fixed neighbouring tables.

Their rows have section ``privacy`` and level ``mechanism``. ``release`` is the training whose table was attacked, and
None for trainings that the audit made for itself.

method         slice                               statistic
``claim``      ``all``                             ``epsilon_claimed`` as the ledger states it
``pairs``      ``black box``, ``white box``        ``epsilon_claimed``, ``epsilon_lower``, ``claim_excess``
``canaries``   ``black box, domain public``,       the same, and ``metadata_leak`` in slice ``black box``
               ``white box, domain public``,
               ``black box, domain from data``,
               ``white box, domain from data``
``trainings``  ``black box``, ``white box``        the same as ``pairs``, and ``mu_lower``

- ``epsilon_claimed``: the claim in the adjacency and at the delta of the audit, value = low = high, no error. Not
  measured where the ledger has no finite epsilon; absent where nothing is claimed.
- ``epsilon_lower``: the largest epsilon refuted at the row's confidence; value = low, ``high`` is null, ``ceiling`` is
  what this audit would have said had every guess been right. Near 0 does not mean private.
- ``mu_lower``: the same for the mu of a Gaussian mechanism; only where the ledger says that it is one.
- ``claim_excess``: ``epsilon_lower - epsilon_claimed``, above 0 where the claim is refuted; ``p_value`` is the
  probability of such success, at most, were the claim true. A policy judges this one. Absent for ``domain from
  data``: that is the audit's own doing, which no claim about the training covers.
- ``metadata_leak``: by how much the AUC of the same attack on the same canaries rises if the generator takes its
  vocabulary and bounds from the data instead of a public schema; two-sided interval, chance 0.

``Row.guarantee`` says delta, adjacency, unit, claim and scope (``training only`` where touches are not covered).
"""
