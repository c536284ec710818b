"""Through a real API server into a pod: exec, cp and port-forward."""

from tests.sandbox.kubernetes.test_entering_pods import (
    test_a_client_that_talks_nonsense_loses_its_connection_and_nothing_else,
    test_a_container_that_does_not_run_cannot_be_entered,
    test_a_deployment_is_entered_by_one_of_its_pods,
    test_a_port_of_a_pod_is_forwarded_for_as_long_as_kubectl_runs,
    test_a_port_on_which_nobody_listens_is_said_to_be_refused,
    test_a_program_in_a_pod_has_its_environment_its_directory_and_both_outputs,
    test_a_program_that_is_not_there_is_refused_in_the_words_of_a_container_runtime,
    test_a_terminal_is_one_and_has_the_size_of_the_client,
    test_files_are_copied_both_ways,
    test_input_goes_in_and_comes_out_unchanged_however_long,
    test_its_exit_status_is_that_of_kubectl,
    test_newer_clients_are_talked_to_by_websocket_and_can_end_the_input,
    test_only_what_the_image_table_names_is_executed,
    test_what_is_executed_ends_with_its_client,
    test_what_is_executed_ends_with_its_pod,
)

__all__ = [
    "test_a_client_that_talks_nonsense_loses_its_connection_and_nothing_else",
    "test_a_container_that_does_not_run_cannot_be_entered",
    "test_a_deployment_is_entered_by_one_of_its_pods",
    "test_a_port_of_a_pod_is_forwarded_for_as_long_as_kubectl_runs",
    "test_a_port_on_which_nobody_listens_is_said_to_be_refused",
    "test_a_program_in_a_pod_has_its_environment_its_directory_and_both_outputs",
    "test_a_program_that_is_not_there_is_refused_in_the_words_of_a_container_runtime",
    "test_a_terminal_is_one_and_has_the_size_of_the_client",
    "test_files_are_copied_both_ways",
    "test_input_goes_in_and_comes_out_unchanged_however_long",
    "test_its_exit_status_is_that_of_kubectl",
    "test_newer_clients_are_talked_to_by_websocket_and_can_end_the_input",
    "test_only_what_the_image_table_names_is_executed",
    "test_what_is_executed_ends_with_its_client",
    "test_what_is_executed_ends_with_its_pod",
]
