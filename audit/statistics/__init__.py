"""Statistics of an audit: from arrays of scores or counts to an ``Estimate`` or ``NotMeasured``.

Nothing here knows an attack or a model. A higher score means "more likely a member" everywhere; ties count one half.

    intervals          binomial                  rate of a yes/no event
                       clustered_rate            rate over trials of which each patient has several
                       student_mean              mean over independent releases
                       mean_over_releases        the same, with the intervals over patients
                       wilson_bounds             Wilson's score bounds
                       exact_bounds              Clopper-Pearson bounds, an error for each side
                       normal_quantile           z of a two-sided interval
    differences        difference                difference of two independent estimates
                       residual_risk             Anonymeter's (a - c) / (1 - c)
                       mover_bounds              bounds of a weighted difference (MOVER)
                       fieller_bounds            bounds of the solution of a linear equation in two estimates
    resampling         bootstrap                 BCa interval of any statistic, by patient
    roc                auc                       AUC with an interval and a p-value
                       delong                    AUC and its DeLong variance
                       weighted_auc              AUC as a function of weights, for the bootstrap
                       auc_difference            AUCs of two attacks on the same targets
                       auc_difference_unpaired   AUCs on different targets
                       roc_curve                 corners of the ROC curve
    low_fpr            tpr_at_fpr                true positive rate at a low false positive rate
                       holdout_needed            holdout records that it needs
                       low_fpr_ranks             its two thresholds, as ranks
                       threshold_rank            a threshold whose false positive rate is certain
    decision_metrics   precision_at_prior        precision at a share of members
                       precision_of_claims       precision of fixed claims, from their counts
                       relative_f1               F1 above that of calling everybody a member
                       advantage                 true minus false positive rate
    multilabel         average_precision         mean over columns of the average precision
                       weighted_f1               weighted mean over columns of F1 or accuracy
    ranks              midranks                  ranks, ties shared
                       placements                DeLong's V10 and V01
                       rank_sum_test             one-sided Mann-Whitney test
                       order_test                exact test of the members above a holdout record
                       members_above             members above each holdout record
                       as_scores                 checked arrays of scores
    multiplicity       max_t                     several attacks jointly (Westfall & Young)
                       max_t_of_sums             sums over patients jointly, sides permuted
                       holm                      Holm's adjusted p-values
    power              detectable_auc            smallest AUC that so many records detect
                       detectable_rate           smallest true positive rate that they detect
                       required_sizes            records that an AUC needs
    epsilon            clopper_pearson           multi-run bound on epsilon from a confusion matrix
                       ceiling                   largest such bound
                       joint_beta                credible interval of epsilon
                       gdp_mu                    multi-run bound on mu
                       gdp_epsilon               epsilon at a delta of a mu
                       lower_bound               a one-sided bound as an ``Estimate``
                       check_delta               raises unless a delta is one
    one_run            one_run_epsilon           one-run bound on epsilon from correct guesses
                       one_run_epsilon_gdp       the same for a Gaussian mechanism
                       one_run_p_value           p-value of a claimed epsilon
                       one_run_refutes_mu        levels at which a claimed mu is refuted
                       epsilon_from_scores       one-run bound from the scores of one attack
    best_attack_bound  one_run_bound             one-run bound by the best of several attacks
                       multi_run_bound           multi-run bound by the best of several attacks
    guessing_rules     pure_epsilon              one-run bound at delta 0, in closed form
                       rank_rules                rules from the largest such bound to the smallest
                       equal_count_rules         k guesses at one end or at both
                       geometric_rules           pairs of counts from a geometric grid
                       hull_rules                pairs of corners of the ROC hull
                       centre_on_best_threshold  ranks relative to the best threshold
    attack_choice      random_thirds             repeated splits of the trials
                       best_guesses              the best attack and number of guesses
                       best_threshold            the best attack and threshold
    root_finding       bisect                    crossing of a monotone function
                       grid_search               the same, many points in one pass
"""

import importlib
from types import ModuleType

from synthaudit.audit.statistics.estimate import Estimate, Measurement, NotMeasured

MODULES = (
    "attack_choice",
    "best_attack_bound",
    "decision_metrics",
    "differences",
    "epsilon",
    "guessing_rules",
    "intervals",
    "low_fpr",
    "multilabel",
    "multiplicity",
    "one_run",
    "power",
    "ranks",
    "resampling",
    "roc",
    "root_finding",
)

__all__ = ["Estimate", "Measurement", "NotMeasured", *MODULES]


def __getattr__(name: str) -> ModuleType:
    # Reading a stored result needs Estimate alone; scipy is loaded only where something is computed.
    if name in MODULES:
        return importlib.import_module(f"synthaudit.audit.statistics.{name}")
    raise AttributeError(f"module 'synthaudit.audit.statistics' has no attribute '{name}'")
