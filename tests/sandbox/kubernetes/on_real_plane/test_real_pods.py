"""Pods of a real API run, fail, restart, print and end as those of the simulated one."""

from tests.sandbox.kubernetes.test_pods import (
    test_a_command_in_a_manifest_is_not_run_on_this_machine,
    test_a_crashing_program_backs_off_and_its_last_words_are_kept,
    test_a_deaf_program_is_killed_after_the_grace_period,
    test_a_job_runs_to_its_end_and_a_failing_one_stops_trying,
    test_a_missing_secret_keeps_a_pod_from_starting_until_it_is_there,
    test_a_release_that_answers_wrongly_never_replaces_the_one_that_works,
    test_a_secret_is_read_when_a_pod_starts_and_never_again,
    test_a_stateful_set_keeps_names_and_order,
    test_a_stopped_cluster_leaves_nothing,
    test_a_variable_set_by_kubectl_changes_what_a_client_is_answered,
    test_an_image_that_nobody_knows_cannot_be_pulled,
    test_logs_are_bounded_stamped_and_followed,
    test_no_pod_outlives_its_cluster_whatever_is_killed,
    test_two_clusters_do_not_share_addresses,
    test_what_a_container_started_ends_with_it,
    test_without_its_token_the_api_answers_nobody,
)

__all__ = [
    "test_a_command_in_a_manifest_is_not_run_on_this_machine",
    "test_a_crashing_program_backs_off_and_its_last_words_are_kept",
    "test_a_deaf_program_is_killed_after_the_grace_period",
    "test_a_job_runs_to_its_end_and_a_failing_one_stops_trying",
    "test_a_missing_secret_keeps_a_pod_from_starting_until_it_is_there",
    "test_a_release_that_answers_wrongly_never_replaces_the_one_that_works",
    "test_a_secret_is_read_when_a_pod_starts_and_never_again",
    "test_a_stateful_set_keeps_names_and_order",
    "test_a_stopped_cluster_leaves_nothing",
    "test_a_variable_set_by_kubectl_changes_what_a_client_is_answered",
    "test_an_image_that_nobody_knows_cannot_be_pulled",
    "test_logs_are_bounded_stamped_and_followed",
    "test_no_pod_outlives_its_cluster_whatever_is_killed",
    "test_two_clusters_do_not_share_addresses",
    "test_what_a_container_started_ends_with_it",
    "test_without_its_token_the_api_answers_nobody",
]
