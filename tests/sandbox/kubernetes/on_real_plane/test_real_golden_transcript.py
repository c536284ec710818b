"""What was recorded of a real API server is what this one answers, with our node beneath it."""

from tests.sandbox.kubernetes.test_golden_transcript import (
    test_kubectl_is_allowed_and_refused_what_it_was_by_a_real_api,
    test_kubectl_sees_what_it_saw_of_a_real_api_twice_on_the_same_process,
    test_older_clients_are_compared_with_what_they_print,
)

__all__ = [
    "test_kubectl_is_allowed_and_refused_what_it_was_by_a_real_api",
    "test_kubectl_sees_what_it_saw_of_a_real_api_twice_on_the_same_process",
    "test_older_clients_are_compared_with_what_they_print",
]
