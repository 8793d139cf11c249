//! `app key new`: a key ends in the future, at a time that people can write.

use super::program::run;

#[test]
fn a_key_that_has_ended_or_ends_at_no_time_is_refused() {
    for (time, told) in [
        ("2020-01-31T00:00:00Z", "it is over"),
        ("2020-01-31", "it is over"),
        ("tomorrow", "a date or a time of RFC 3339, such as 20"),
        ("2099-02-30", "a date or a time of RFC 3339, such as 20"),
        ("2099-01-31T00:00:00", "a date or a time of RFC 3339, such as 20"),
    ] {
        let said = run(&["key", "new", "--scope", "read:*", "--expires", time]).senseless();
        assert!(said.err.contains(told), "{time}: {}", said.err);
        assert_eq!(said.text(), "");
    }
}

#[test]
fn a_key_ends_when_that_was_said() {
    for (said, written) in [
        ("2099-01-31", "2099-01-31T00:00:00Z"),
        ("2099-01-31T12:00:00Z", "2099-01-31T12:00:00Z"),
        ("2099-01-31T12:00:00+02:00", "2099-01-31T10:00:00Z"),
    ] {
        let key = run(&["key", "new", "--scope", "read:*", "--expires", said]).good();
        assert!(key.text().ends_with(&format!("\nexpires = \"{written}\"\n")), "{}", key.text());
    }
}
