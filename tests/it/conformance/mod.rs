//! The contract of `domain::Store`, sentence by sentence, for every implementation.
//!
//! Each function takes a store that holds nothing and the clock that it lives by. The table at the end makes a
//! test of each, for each kind of store.

pub mod ask;
mod charges;
mod collections;
mod concurrent;
mod conditions;
mod expiry;
mod faults;
mod folding;
mod increments;
pub mod lists;
mod made_by_hand;
mod patches;
mod reads;
mod replays;
mod schemas;
mod tokens;
mod transaction_reads;
mod transaction_replays;
pub mod transactions;
mod writes;

use larder::domain::Store;

use crate::support::clock::TestClock;
use crate::support::stores::{Fixture, Kind};

/// Makes a test of each function, for each kind of store; a function that is not in the table does not compile.
macro_rules! conformance {
    ($($part:ident: [$($name:ident,)*];)*) => {
        conformance!(@on embedded, Embedded, []; $($part: [$($name,)*];)*);
        conformance!(@on remote, Remote, []; $($part: [$($name,)*];)*);
        conformance!(@on dynamo, Dynamo, []; $($part: [$($name,)*];)*);
        conformance!(@on remote_dynamo, RemoteDynamo, []; $($part: [$($name,)*];)*);
        conformance!(@on dynamo_local, DynamoLocal, [ignore = "needs DynamoDB Local: `just dynamodb-local`"];
            $($part: [$($name,)*];)*);
    };
    (@on $store:ident, $kind:ident, $attributes:tt; $($part:ident: $names:tt;)*) => {
        mod $store {
            $(mod $part { conformance!(@each $part, $kind, $attributes, $names); })*
        }
    };
    (@each $part:ident, $kind:ident, $attributes:tt, [$($name:ident,)*]) => {
        $(conformance!(@test $part, $kind, $attributes, $name);)*
    };
    (@test $part:ident, $kind:ident, [$($attribute:meta)?], $name:ident) => {
        #[tokio::test]
        $(#[$attribute])?
        async fn $name() {
            crate::conformance::check(crate::conformance::Kind::$kind, crate::conformance::$part::$name).await;
        }
    };
}

async fn check(kind: Kind, contract: impl AsyncFnOnce(&dyn Store, &TestClock)) {
    let fixture = Fixture::open(kind).await;
    contract(&*fixture.store, &fixture.clock).await;
    fixture.close().await;
}

conformance! {
    reads: [
        a_document_comes_back_byte_for_byte,
        an_answer_to_many_reads_has_room_for_eight_megabytes,
        what_is_not_there_is_none,
        a_read_without_collection_is_no_such_collection,
        a_read_says_how_recent_it_is,
        a_version_that_is_there_is_found_by_an_eventual_read,
        a_version_that_is_missing_is_looked_for_strongly,
        what_has_expired_is_looked_for_strongly,
        many_reads_answer_in_order,
        no_reads_are_no_answers,
        many_large_documents_are_read_at_once,
        a_store_that_serves_is_ready,
    ];
    writes: [
        a_put_says_whether_it_created,
        a_version_is_the_time_and_the_name_of_the_write,
        stamps_grow_whatever_the_clock_does,
        stamps_grow_over_what_has_expired,
        a_put_returns_the_document_that_is_wanted,
        a_delete_of_nothing_is_no_such_item,
        a_delete_makes_no_collection,
        keys_are_their_bytes,
        collections_do_not_mix,
        the_largest_document_fits,
    ];
    conditions: [
        conditions_over_an_item,
        conditions_over_nothing,
        conditions_over_what_has_expired,
        a_refusal_shows_the_document_that_is_wanted,
        no_version_comes_back,
        dates_count_whole_seconds,
    ];
    replays: [
        a_repeated_put_gives_its_first_answer,
        repeated_patches_and_increments_are_done_once,
        a_repetition_is_known_however_it_comes,
        a_key_with_another_content_is_refused,
        names_without_key_never_clash,
        a_key_belongs_to_its_item,
        after_another_writer_only_a_condition_protects,
        an_expired_item_is_no_earlier_answer,
        a_repeated_delete_is_no_such_item,
        a_repetition_elsewhere_over_a_foreign_version_is_unknown,
        a_repetition_elsewhere_that_is_pinned_is_done,
        a_repetition_here_that_was_not_done_is_done,
        a_repetition_here_is_never_done_twice,
        a_write_that_happened_is_never_denied,
        settings_deny_no_write_that_happened,
        a_removed_collection_denies_no_deletion,
        a_repeated_patch_that_no_longer_fits_is_known,
    ];
    tokens: [
        a_token_holds_for_ten_minutes,
        a_token_with_another_content_is_refused,
        a_failed_increment_is_not_remembered,
        a_token_outlives_its_item,
        a_repeated_answer_shows_nothing_that_expired,
    ];
    expiry: [
        an_item_ends_to_the_millisecond,
        what_has_expired_is_absent_in_every_read,
        what_has_expired_is_absent_in_every_write,
        a_put_begins_a_new_lifetime,
        patches_and_increments_keep_the_end,
        the_default_lifetime_is_for_creations_and_puts,
        another_default_lifetime_touches_nothing,
        the_longest_lifetime_is_ten_years,
    ];
    patches: [
        a_merge_patch_changes_what_it_names,
        a_json_patch_does_all_steps_or_none,
        a_patch_of_nothing_is_no_such_item,
        a_patch_that_does_not_fit_is_conflict_with_a_pointer,
        an_empty_patch_is_a_write,
        a_patch_keeps_the_limits_of_documents,
    ];
    increments: [
        numbers_are_added_exactly,
        an_increment_may_create,
        an_increment_that_does_not_fit_is_conflict,
        an_increment_adds_all_or_none,
        an_increment_makes_no_parents,
    ];
    concurrent: [
        a_removal_denies_no_write_that_makes_its_collection,
        concurrent_increments_lose_none,
        one_of_many_creates,
        one_of_many_replaces,
        concurrent_patches_lose_none_that_succeeded,
        the_same_write_at_once_is_done_once,
        first_writes_make_one_collection,
        a_removal_hides_no_write,
    ];
    lists: [
        keys_come_in_the_order_of_their_bytes,
        entries_are_items,
        keys_alone_come_without_documents,
        ranges_are_what_a_filter_would_be,
        a_page_goes_on_behind_a_key,
        an_empty_range_is_an_empty_page,
        a_page_holds_a_mebibyte_of_documents,
        a_walk_goes_on_over_what_has_expired,
        what_stays_is_seen_once,
        a_sharded_collection_lists_as_any_other,
        a_sharded_page_holds_a_mebibyte_too,
        a_sharded_page_reads_little_more_than_it_shows,
        an_eventual_list_is_a_list,
        a_list_without_collection_is_no_such_collection,
    ];
    folding: [
        keys_fold_into_common_prefixes,
        a_common_prefix_is_an_entry,
        bounds_may_cut_a_common_prefix,
        a_prefix_over_nothing_is_none,
        a_prefix_over_many_keys_is_one_entry,
    ];
    transaction_reads: [
        gets_tell_what_is_there,
        gets_bring_no_more_than_an_answer_holds,
        gets_never_see_half_a_transaction,
    ];
    transactions: [
        all_operations_happen_together,
        failed_conditions_are_all_named_and_nothing_happens,
        expired_items_are_absent_in_transactions,
        a_failure_shows_nothing_that_expired,
        a_delete_of_nothing_succeeds,
        stamps_grow_in_transactions,
        an_increment_of_no_number_fails_the_whole,
        concurrent_transactions_keep_the_sum,
        a_failed_transaction_makes_no_collection,
        a_missing_collection_fails_what_can_not_make_it,
        a_transaction_finds_the_collection_that_it_makes,
        a_hundred_operations_are_done,
        no_operations_are_done,
        checks_alone_change_nothing,
    ];
    transaction_replays: [
        a_token_holds_for_ten_minutes,
        a_token_answers_before_conditions,
        a_token_with_another_content_is_refused,
        a_failure_is_not_remembered,
        without_token_it_is_never_done_twice,
        gets_may_be_repeated_anywhere,
        settings_deny_no_transaction_that_happened,
        a_removed_collection_denies_no_transaction,
        a_missing_collection_is_told_where_nothing_was_done,
    ];
    collections: [
        the_first_write_makes_the_collection,
        a_failed_first_write_makes_no_collection,
        settings_are_replaced_whole,
        shards_are_fixed,
        settings_hold_at_once,
        settings_have_conditions,
        repeated_settings_are_known,
        repeated_settings_are_never_done_twice,
        a_key_of_other_settings_is_refused,
        collections_come_by_name,
        large_schemas_fill_a_page,
        only_an_empty_collection_is_removed,
        what_has_expired_holds_no_collection_back,
        removing_has_conditions,
        a_new_collection_has_a_new_version,
    ];
    schemas: [
        a_put_must_satisfy_the_schema,
        every_fault_is_told,
        results_must_satisfy_the_schema,
        a_transaction_must_satisfy_the_schema,
        a_repetition_that_a_schema_would_refuse_is_known,
        conditions_that_fail_beside_a_schema_are_named,
        another_schema_touches_nothing,
        a_schema_that_would_not_be_taken_any_more_refuses_documents,
        required_conditions_are_required,
        a_read_condition_guards_no_write,
        required_conditions_hold_in_transactions,
        a_schema_holds_from_its_answer_on,
        no_increment_slips_past_the_schema,
    ];
    faults: [
        a_missing_collection_comes_first,
        the_schema_of_a_put_comes_second,
        a_missing_condition_comes_third,
        a_missing_item_comes_fourth,
        the_condition_comes_before_applying,
        a_failed_operation_changes_nothing,
    ];
    charges: [
        reads_cost_a_unit_for_four_kilobytes,
        puts_cost_a_unit_for_a_kilobyte,
        deletes_cost_what_they_remove,
        failed_conditions_cost_the_same,
        a_replay_costs_a_write,
        patches_cost_a_read_and_a_write,
        an_increment_of_a_number_costs_a_write,
        many_reads_cost_their_sum,
        lists_cost_the_sum_of_their_items,
        transactions_cost_twice,
        what_no_row_was_looked_at_for_costs_nothing,
    ];
}
