"""PrepChef's cluster is the same on a real control plane: what a runbook changes is what customers are answered."""

from tests.sandbox.kubernetes.test_prepchef_cluster import (
    cluster,
    test_a_new_certificate_in_the_secret_is_served,
    test_a_normal_day,
    test_a_normal_day_comes_back_whatever_was_done,
    test_a_rule_that_nginx_refuses_leaves_the_others_as_they_are,
    test_an_emergency_ingress_with_a_snippet_is_seen_by_a_client,
    test_an_undo_after_a_restart_keeps_the_bad_release,
    test_applications_scaled_to_nothing_answer_nothing_until_they_are_back,
    test_the_cluster_names_itself_to_tocsin,
    test_the_emergency_stop_stops_payments_and_the_way_back_brings_them_back,
    test_the_runbooks_curl_reaches_the_pods_through_the_ingress,
    test_the_runbooks_rotation_changes_the_secret_of_another_namespace,
    test_what_is_executed_in_a_pod_meets_the_room_and_nothing_else,
    test_who_only_looks_sees_the_cluster_and_changes_nothing,
)

__all__ = [
    "cluster",
    "test_a_new_certificate_in_the_secret_is_served",
    "test_a_normal_day",
    "test_a_normal_day_comes_back_whatever_was_done",
    "test_a_rule_that_nginx_refuses_leaves_the_others_as_they_are",
    "test_an_emergency_ingress_with_a_snippet_is_seen_by_a_client",
    "test_an_undo_after_a_restart_keeps_the_bad_release",
    "test_applications_scaled_to_nothing_answer_nothing_until_they_are_back",
    "test_the_cluster_names_itself_to_tocsin",
    "test_the_emergency_stop_stops_payments_and_the_way_back_brings_them_back",
    "test_the_runbooks_curl_reaches_the_pods_through_the_ingress",
    "test_the_runbooks_rotation_changes_the_secret_of_another_namespace",
    "test_what_is_executed_in_a_pod_meets_the_room_and_nothing_else",
    "test_who_only_looks_sees_the_cluster_and_changes_nothing",
]
