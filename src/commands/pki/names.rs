//! What authorities and leaves may be called.

use std::str::FromStr;

/// Characters of a common name, by RFC 5280, appendix A.1.
const COMMON_NAME: usize = 64;

/// Takes what an authority is to be called.
pub(super) fn authority(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.chars().count() > COMMON_NAME || text.contains(char::is_control) {
        return Err(format!("use 1 to {COMMON_NAME} characters that can be seen, or leave it out"));
    }
    Ok(text.to_owned())
}

/// What the files of a leaf are called.
#[derive(Clone, Debug)]
pub(super) struct LeafName(String);

impl LeafName {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LeafName {
    type Err = String;

    fn from_str(text: &str) -> Result<LeafName, String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let fits = !text.is_empty() && text.len() <= COMMON_NAME && text.chars().all(plain);
        if !fits || text.starts_with(['.', '-']) || text == "ca" {
            return Err(format!("use 1 to {COMMON_NAME} letters, digits, dots and dashes, and not ca"));
        }
        Ok(LeafName(text.to_owned()))
    }
}
