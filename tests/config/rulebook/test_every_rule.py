"""Every registered rule has golden cases and a property test, and both are where this table says.

Golden cases name the boundary day and those beside it, who is exempt and what is unknown; a property test
compares the judge with an answer found another way, for any facts (:mod:`tests.judging`).
"""

import importlib
from operator import attrgetter

import pytest

from config.rulebook.rules import rules

#: By the rule: the module, its golden cases, its property test.
TESTED = {
    "BL-AMD-1": (
        "bylaws.test_amendment_rule",
        "test_a_day_short_and_the_days_that_are_enough",
        "test_not_met_exactly_where_a_day_a_vote_or_the_board_was_missing",
    ),
    "BL-APP-1": (
        "bylaws.test_rules",
        "test_a_term_is_judged_to_the_day",
        "test_a_term_is_too_long_exactly_past_its_months",
    ),
    "BL-APP-2": (
        "privileging.test_practised",
        "test_one_case_without_the_privilege_decides",
        "test_met_exactly_where_every_case_is_covered_or_explained",
    ),
    "BL-APP-3": (
        "privileging.test_lapse",
        "test_the_last_day_of_the_term_still_counts",
        "test_lapsed_exactly_when_the_term_is_over_and_nothing_was_decided",
    ),
    "BL-APP-4": (
        "credentialing.rules.test_action_clock",
        "test_the_ninetieth_day_still_counts",
        "test_not_met_exactly_when_the_days_are_over_and_nobody_acted",
    ),
    "BL-BRD-1": (
        "bylaws.test_board_certification",
        "TestInTime.test_five_years_after_training",
        "test_in_time_exactly_through_the_years_after_the_last_training",
    ),
    "BL-BRD-2": (
        "bylaws.test_board_certification",
        "TestKept.test_the_grace_ends_with_its_last_day",
        "test_kept_exactly_through_the_grace_after_the_last_day",
    ),
    "BL-BRV-1": (
        "bylaws.test_document_review",
        "test_the_day_it_is_due_still_counts",
        "test_a_longer_cycle_or_a_later_review_never_makes_it_worse",
    ),
    "BL-CALL-2": (
        "bylaws.test_duty_rules",
        "TestCall.test_the_shifts_asked_for_and_the_numbers_beside",
        "TestCall.test_more_shifts_are_never_worse",
    ),
    "BL-CDS-1": (
        "credentialing.rules.test_state_registration",
        "test_the_last_valid_day_and_the_days_beside_it",
        "test_of_all_registrations_of_the_state_the_best_decides",
    ),
    "BL-CERT-1": (
        "privileging.test_certificate_lapse",
        "test_the_day_after_the_last_valid_day_stops_what_asks_for_it_and_nothing_else",
        "test_every_certificate_asked_for_is_judged_and_stops_what_asks_for_it",
    ),
    "BL-COI-1": (
        "bylaws.test_disclosures",
        "test_a_disclosure_counts_for_its_months_to_the_day",
        "test_a_later_disclosure_never_makes_it_worse_and_time_alone_never_better",
    ),
    "BL-CTE-1": (
        "bylaws.test_meeting_rules",
        "test_a_meeting_counts_until_the_day_before_its_anniversary",
        "test_one_meeting_more_never_makes_it_worse_and_it_holds_through_its_day",
    ),
    "BL-CTE-2": (
        "bylaws.test_meeting_rules",
        "test_one_vote_without_a_quorum_decides_then_one_that_is_not_known",
        "test_met_only_where_every_vote_is_known_to_have_had_one",
    ),
    "BL-CTE-3": (
        "bylaws.test_minutes_approved",
        "test_due_with_the_next_meeting_and_no_sooner_than_the_days",
        "test_not_met_exactly_where_one_begun_waits_past_its_day",
    ),
    "BL-DEA-1": (
        "bylaws.test_current_credentials",
        "test_it_is_judged_by_its_last_valid_day",
        "test_of_all_that_is_said_of_registrations_the_best_decides",
    ),
    "BL-DIS-1": (
        "privileging.test_volunteer_decided",
        "test_through_the_day_in_which_the_hours_end",
        "test_not_met_exactly_from_the_day_after_the_last_moment",
    ),
    "BL-DUES-1": (
        "bylaws.test_duty_rules",
        "TestOwed.test_the_boundary_day_and_the_days_beside",
        "TestOwed.test_longer_owed_is_never_better_and_any_owing_never_better_than_none",
    ),
    "BL-EXC-1": (
        "credentialing.rules.test_exclusion_rule",
        "test_golden_cases",
        "test_confirmed_decides_then_what_waits_then_what_was_not_looked_at",
    ),
    "BL-FPPE-1": (
        "privileging.test_evaluated_rules",
        "TestOpened.test_every_outcome",
        "test_met_only_where_an_evaluation_was_opened_for_everything_new",
    ),
    "BL-FPPE-2": (
        "privileging.test_evaluated_rules",
        "TestInTime.test_the_due_day_still_counts",
        "test_late_exactly_from_the_day_after_the_first_was_due",
    ),
    "BL-HRG-1": (
        "bylaws.test_hearing_notice",
        "test_a_hearing_is_at_least_thirty_days_after_its_notice",
        "test_not_met_exactly_where_one_notice_or_one_time_to_ask_is_too_short",
    ),
    "BL-HRG-2": (
        "bylaws.test_precautionary",
        "test_it_is_reviewed_by_the_14th_day_after_it_began",
        "test_not_met_exactly_when_one_that_stands_waits_longer_than_the_days",
    ),
    "BL-INS-1": (
        "bylaws.test_current_credentials",
        "test_it_is_judged_by_its_last_valid_day",
        "test_of_all_that_is_said_of_coverage_the_best_decides",
    ),
    "BL-INS-2": (
        "bylaws.test_malpractice_limits",
        "test_a_limit_that_is_exactly_reached_is_met",
        "test_met_exactly_where_one_policy_reaches_every_limit",
    ),
    "BL-LIC-1": (
        "bylaws.test_rules",
        "test_a_licence_is_judged_by_its_last_valid_day",
        "test_of_all_that_is_said_of_licences_the_best_decides",
    ),
    "BL-LIC-2": (
        "credentialing.rules.test_licence_reverified",
        "test_the_renewal_is_verified_by_the_day_it_ended",
        "test_met_exactly_by_an_answer_within_the_window_before_the_end",
    ),
    "BL-LOA-1": (
        "bylaws.test_leave_limit",
        "test_twelve_months_end_the_day_before_the_anniversary",
        "test_too_long_exactly_when_the_days_without_a_gap_are",
    ),
    "BL-MEC-1": (
        "bylaws.test_composition",
        "test_more_than_half_and_the_numbers_beside_it",
        "test_one_physician_more_never_makes_it_worse_and_unknown_is_between_what_it_could_be",
    ),
    "BL-MTG-1": (
        "bylaws.test_attendance",
        "TestJudged.test_the_day_of_the_meeting_that_tips_it_and_the_days_beside",
        "test_more_asked_of_members_never_makes_anybody_comply",
    ),
    "BL-NPDB-1": (
        "credentialing.rules.test_npdb_rule",
        "test_the_boundary_day_still_counts",
        "test_met_exactly_through_the_months_after_the_last_query",
    ),
    "BL-NPDB-2": (
        "privileging.test_temporary_rules",
        "TestQueriedBefore.test_on_the_day_or_before_and_not_too_old",
        "test_met_exactly_where_every_grant_had_an_answer_of_its_time",
    ),
    "BL-NPDB-3": (
        "bylaws.test_data_bank",
        "test_the_rule_is_broken_from_the_day_after_the_report_was_due",
        "test_not_met_exactly_when_one_that_lasted_is_unreported_past_its_days",
    ),
    "BL-OFF-1": (
        "bylaws.test_officers",
        "test_a_term_lasts_to_the_day_of_the_limit_and_no_day_longer",
        "test_whoever_has_more_is_never_judged_worse",
    ),
    "BL-OPPE-1": (
        "privileging.test_evaluated_rules",
        "TestProfiled.test_around_the_last_day",
        "test_the_next_profile_is_late_exactly_after_its_months",
    ),
    "BL-REC-1": (
        "bylaws.test_duty_rules",
        "TestOwed.test_the_boundary_day_and_the_days_beside",
        "TestOwed.test_longer_owed_is_never_better_and_any_owing_never_better_than_none",
    ),
    "BL-REC-2": (
        "bylaws.test_duty_rules",
        "TestSuspendedForRecords.test_the_third_in_twelve_months",
        "TestSuspendedForRecords.test_one_more_is_never_better",
    ),
    "BL-RES-1": (
        "privileging.test_left_under_investigation",
        "test_the_question_is_answered_by_the_day_a_report_is_due",
        "test_not_met_exactly_where_nobody_was_asked_or_answered_in_time",
    ),
    "BL-SUP-1": (
        "privileging.test_supervised",
        "test_an_agreement_counts_through_its_last_day",
        "test_of_all_agreements_the_best_that_a_supervisor_can_keep_decides",
    ),
    "BL-TEL-1": (
        "privileging.test_proxy_agreement",
        "test_what_is_missing_is_never_met",
        "test_met_only_where_every_site_agreed_and_lists_them",
    ),
    "BL-TMP-1": (
        "privileging.test_temporary_rules",
        "TestDays.test_day_1_is_the_day_of_the_grant",
        "test_too_long_exactly_when_the_days_counted_one_by_one_are_more",
    ),
    "BL-TMP-2": (
        "privileging.test_temporary_rules",
        "test_what_was_found_out_when_it_was_granted",
        "test_met_only_where_every_gate_of_here_was",
    ),
    "BL-TMP-3": (
        "privileging.test_temporary_rules",
        "TestDays.test_a_repeat_beside_one_application_buys_no_day",
        "test_too_long_exactly_when_the_days_counted_one_by_one_are_more",
    ),
}


def test_no_rule_is_without_golden_cases_and_a_property_test():
    registered = {each.code for each in rules()}
    missing = sorted(registered - TESTED.keys())
    assert not missing, f"Write golden cases and a property test for {missing}, and name them here."
    assert not sorted(TESTED.keys() - registered)


@pytest.mark.parametrize("code", sorted(TESTED))
def test_they_are_where_the_table_says(code):
    module, golden, properties = TESTED[code]
    tests = importlib.import_module(f"tests.{module}")
    cases = attrgetter(golden)(tests)
    assert callable(cases)
    assert not hasattr(cases, "hypothesis")
    assert attrgetter(properties)(tests).is_hypothesis_test
