//! What numbers mean, however large they are and however they are written.

/// A number taken apart: `±0.digits… × 10^…`, exactly.
#[derive(Clone, Copy, Debug)]
pub struct Number<'a> {
    /// Whether it is below zero.
    pub negative: bool,
    /// The digits before and behind the point, from the first to the last that is not zero. Empty for zero.
    digits: (&'a [u8], &'a [u8]),
    /// The power of ten of the last digit, without the exponent that is written.
    shift: i64,
    exponent: Exponent<'a>,
}

/// An exponent without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Exponent<'a> {
    negative: bool,
    digits: &'a [u8],
}

impl Exponent<'_> {
    /// Its value, unless it is absurd.
    fn value(self) -> Option<i64> {
        // 18 digits leave room in an i64 for every shift that a text can have.
        let small = self.digits.len() <= 18;
        let value =
            self.digits.iter().fold(0i64, |value, digit| value.wrapping_mul(10) + i64::from(digit - b'0'));
        small.then_some(if self.negative { -value } else { value })
    }
}

impl<'a> Number<'a> {
    /// Takes apart the text of a number that was read before.
    pub fn of(text: &'a str) -> Self {
        let (negative, rest) = sign(text);
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, ""));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let (exponent_negative, exponent) = sign(exponent);
        let exponent =
            Exponent { negative: exponent_negative, digits: without_leading_zeros(exponent.as_bytes()) };
        let mut digits = (without_leading_zeros(whole.as_bytes()), fraction.as_bytes());
        let mut shift = -(fraction.len() as i64);
        if digits.0.is_empty() {
            digits.1 = without_leading_zeros(digits.1);
        }
        let trailing = trailing_zeros(digits.1);
        digits.1 = &digits.1[..digits.1.len() - trailing];
        shift += trailing as i64;
        if digits.1.is_empty() {
            let trailing = trailing_zeros(digits.0);
            digits.0 = &digits.0[..digits.0.len() - trailing];
            shift += trailing as i64;
        }
        let zero = digits.0.is_empty() && digits.1.is_empty();
        Number { negative: negative && !zero, digits, shift, exponent }
    }

    /// The significant digits, as ASCII.
    pub fn digits(&self) -> impl Iterator<Item = u8> {
        self.digits.0.iter().chain(self.digits.1).copied()
    }

    /// How many significant digits it has: from the first to the last that is not zero.
    pub fn precision(&self) -> usize {
        self.digits.0.len() + self.digits.1.len()
    }

    /// The power of ten of the last significant digit; none if its exponent has more than 18 digits.
    pub fn power(&self) -> Option<i64> {
        self.exponent.value().map(|exponent| exponent + self.shift)
    }

    /// How many digits it has when it is written without an exponent, zeros among them; about, and at most so
    /// many as a `u64` holds.
    pub fn places(&self) -> u64 {
        if self.precision() == 0 {
            return 1;
        }
        let zeros = self.power().map_or(u64::MAX, i64::unsigned_abs);
        zeros.saturating_add(self.precision() as u64)
    }
}

/// By value. Two numbers whose exponents have more than 18 digits are the same only if their exponents are
/// written the same.
impl PartialEq for Number<'_> {
    fn eq(&self, other: &Self) -> bool {
        if self.precision() == 0 || other.precision() == 0 {
            return self.precision() == other.precision();
        }
        let same_power = match (self.power(), other.power()) {
            (Some(one), Some(another)) => one == another,
            (None, None) => self.exponent == other.exponent && self.shift == other.shift,
            _ => false,
        };
        let same_length = self.precision() == other.precision();
        self.negative == other.negative && same_power && same_length && self.digits().eq(other.digits())
    }
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    &digits[zeros..]
}

fn trailing_zeros(digits: &[u8]) -> usize {
    digits.iter().rev().take_while(|digit| **digit == b'0').count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(one: &str, another: &str) -> bool {
        Number::of(one) == Number::of(another)
    }

    proptest! {
        #[test]
        fn a_number_is_what_it_is_however_it_is_written(
            value in any::<i64>(), zeros in 0usize..5, power in 0u32..5, other in any::<i64>(),
        ) {
            let point = format!("{value}.{}", "0".repeat(zeros + 1));
            let exponent = format!("{value}{}E-{}", "0".repeat(zeros), zeros);
            let scaled = format!("{}e+00{power}", i128::from(value) );
            let multiplied = (i128::from(value) * 10i128.pow(power)).to_string();
            prop_assert!(same(&point, &exponent));
            prop_assert!(same(&scaled, &multiplied));
            prop_assert_eq!(same(&value.to_string(), &other.to_string()), value == other);
        }
    }

    #[test]
    fn size_does_not_matter() {
        assert!(same("1", "1.0") && same("1", "10e-1") && same("1.5", "0.00015E4") && same("-0", "0e99"));
        assert!(same("1e999999999999", "10e999999999998") && same("0.1e-30", "1e-31"));
        assert!(same("1e99999999999999999999", "1.0E+099999999999999999999"));
        assert!(
            !same("1e99999999999999999999", "1e99999999999999999998") && !same("1", "1e99999999999999999999")
        );
        let long = "123456789".repeat(1000);
        assert!(same(&long, &format!("0.{long}e9000")) && !same(&long, &format!("0.{long}e9001")));
        let places = |text| Number::of(text).places();
        assert_eq!((places("0e99"), places("12.50"), places("1e400"), places("1e-9")), (1, 4, 401, 10));
        assert!(!same("1", "-1") && !same("1", "10") && !same("0.1", "1"));
    }
}
