//! Damaged files are found and said; what is read is right.
