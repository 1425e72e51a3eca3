"""The fifteen tests that the explorer's specification asks for (section 15), and where each of them is.

What takes minutes is here in short: `MINUTES=10 python -m benchmarks explorer` does it whole, with fifty
clients and the command behind real sockets.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ASKED_FOR = {
    "1 a drag never shows an older frame, and ends exact": [
        "page: a_drag_ends_with_the_exact_picture_and_never_shows_an_older_frame_after_a_newer",
        "worker: newest_wins_between_stages_but_a_drag_always_shows_something",
        "protocol: of_many_wishes_the_last_is_met",
    ],
    "2 all by keyboard; names and contrast": [
        "page: keys_do_everything",
        "looks: everything_that_can_be_focused_has_a_name_and_ids_are_unique",
        "looks: text_stands_out_in_both_colour_schemes",
    ],
    "3 refresh, second tab by link, Back": [
        "page: a_refresh_a_second_tab_and_a_link_show_the_same",
        "page: back_leaves_the_page_whatever_was_done_on_it",
    ],
    "4 undo and redo from the cache": [
        "page: fifty_steps_back_and_forth_cost_no_picture",
        "worker: equal_states_are_computed_once_for_all_clients_and_going_back_is_free",
        "worker: a_picture_that_is_kept_comes_while_the_network_runs",
    ],
    "5 save, replay, drop": [
        "page: a_saved_picture_is_the_one_of_its_recipe_and_opens_as_the_same_state",
        "session: a_recipe_draws_the_same_bytes_and_brings_the_state_back",
        "jobs: saved_pictures_are_those_of_the_command_line",
        "jobs: sheets_are_those_that_replay_makes",
    ],
    "6 teaching finds a planted factor": [
        "jobs: teaching_finds_the_planted_axis_and_offers_the_doubtful_seeds",
        "page: two_marks_on_each_side_make_a_slider",
    ],
    "7 the server goes in the middle of a drag, and comes back": [
        "troubles: the_server_may_go_and_come_back",
        "troubles: another_network_at_the_same_address_is_asked_about_first",
    ],
    "8 three proxies": [
        "page: behind_proxies",
        "protocol: behind_a_proxy_that_takes_its_prefix_away",
        "protocol: behind_a_proxy_that_leaves_its_prefix_in",
        "protocol: behind_a_proxy_that_lets_no_socket_through",
        "pieces: the_page_opens_a_file_where_neither_posts_nor_sockets_get_through",
    ],
    "9 what is foreign or hostile is refused, and nothing computed": [
        "guard: a_foreign_host_or_origin_is_refused_before_the_token_is_looked_at",
        "guard: nothing_but_the_page_is_had_without_the_token",
        "guard: a_socket_is_refused_before_it_is_one",
        "guard: no_path_leads_out_of_the_page",
        "page: the_token_leaves_the_address_bar_and_nothing_leaves_the_host",
        "uploads: what_is_larger_than_a_file_may_be_is_refused_while_it_arrives",
        "uploads: anything_else_is_refused_in_one_line",
        "uploads: arrays_of_objects_are_refused",
        "uploads: a_text_of_a_png_is_unpacked_within_bounds",
    ],
    "10 fifty clients: fair, memory flat": [
        "worker: fifty_clients_have_their_share",
        "worker: previews_get_smaller_the_more_clients_wait_for_one",
        "turns: fifty_clients_get_the_same_time_whatever_each_picture_costs",
        "turns: a_cache_never_holds_more_than_its_room",
        "wire: a_sleeping_client_costs_bounded_memory_and_is_let_go",
    ],
    "11 phone, touch": ["looks: a_thumb_moves_a_slider_and_targets_are_large_enough"],
    "12 both schemes, 200 % zoom": [
        "looks: text_stands_out_in_both_colour_schemes",
        "looks: nothing_scrolls_sideways",
    ],
    "13 no error in the console, no request elsewhere": [
        "page: the_token_leaves_the_address_bar_and_nothing_leaves_the_host",
        "looks: no_file_of_the_page_evaluates_text_or_asks_elsewhere",
    ],
    "14 reducer, digest, unknown fields": [
        "state: a_reducer_is_a_function_of_state_and_event_alone",
        "state: every_state_comes_back_from_its_json_with_the_same_digest",
        "state: equal_pictures_have_equal_digests",
        "state: what_is_no_state_is_refused_in_one_line",
        "state: what_is_no_event_is_refused_in_one_line",
        "wire: a_message_that_is_wrong_is_refused_in_one_line",
    ],
    "15 the widget in a kernel": ["notebooks: the_widget_runs_in_a_kernel_of_its_own"],
}
# Section 14: what happens when things go wrong.
FAILURES = {
    "the server is gone": ["troubles: the_server_may_go_and_come_back"],
    "a slow start": [
        "page: the_page_is_there_before_the_network_and_says_what_is_done",
        "finding: the_page_is_of_use_while_components_are_sought",
    ],
    "out of memory": ["memory: out_of_memory_is_tried_once_more_without_what_is_kept"],
    "the file of the network was replaced": [
        "pieces: a_network_that_was_replaced_is_noticed_when_something_is_saved",
        "pieces: what_is_saved_after_that_says_so",
    ],
    "a picture that cannot be drawn": [
        "troubles: what_cannot_be_drawn_is_said_in_the_place_of_the_picture_and_undo_helps",
        "worker: a_state_that_cannot_be_drawn_is_refused_and_the_worker_goes_on",
    ],
    "the worker dies": ["worker: a_worker_that_fails_goes_on_with_the_same_wishes_once"],
    "a client sleeps": ["wire: a_sleeping_client_costs_bounded_memory_and_is_let_go"],
    "a port is taken": ["guard: a_taken_port_is_passed_over_unless_it_was_asked_for"],
}


@pytest.mark.parametrize("asked", [*ASKED_FOR, *FAILURES])
def test_what_the_specification_asks_for_is_tested(asked):
    for place in dict(ASKED_FOR, **FAILURES)[asked]:
        file, _, name = place.partition(": ")
        path = HERE / "test_{}.py".format(file if file == "notebooks" else "explorer_" + file)
        names = [
            node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)
        ]
        assert "test_" + name in names, place


def test_all_fifteen_are_there():
    assert [int(asked.split()[0]) for asked in ASKED_FOR] == list(range(1, 16))
