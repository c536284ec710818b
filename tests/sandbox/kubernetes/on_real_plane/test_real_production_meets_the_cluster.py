"""The production checks and the runner of kubectl steps, against a real API."""

from tests.sandbox.kubernetes.test_production_meets_the_cluster import (
    look,
    test_a_check_sees_up_a_stuck_rollout_a_crash_loop_and_nothing_left,
    test_a_step_inside_a_pod_has_the_pods_environment_and_its_exit_status,
    test_a_step_runs_in_the_one_context_and_the_cluster_says_who_it_is,
    test_an_account_that_only_looks_is_refused_every_change,
)

__all__ = [
    "look",
    "test_a_check_sees_up_a_stuck_rollout_a_crash_loop_and_nothing_left",
    "test_a_step_inside_a_pod_has_the_pods_environment_and_its_exit_status",
    "test_a_step_runs_in_the_one_context_and_the_cluster_says_who_it_is",
    "test_an_account_that_only_looks_is_refused_every_change",
]
