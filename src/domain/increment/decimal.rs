//! Exact decimal numbers of up to 38 significant digits, as `DynamoDB` has them.

use std::fmt;

use crate::domain::json::Number;
use crate::domain::limits;

/// A number `±coefficient × 10^power`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// Below 10^38, and no multiple of ten but for zero.
    coefficient: u128,
    /// 0 for zero.
    power: i64,
}

/// Why a number is none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It has more significant digits.
    Digits,
    /// It is too large, or too close to zero.
    Range,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Digits => write!(f, "more than {} significant digits", limits::INCREMENT_DIGITS),
            Unfit::Range => {
                let (least, most) = (limits::INCREMENT_POWERS.start(), limits::INCREMENT_POWERS.end());
                write!(f, "a size that is neither 0 nor from 1e{least} to below 1e{}", most + 1)
            }
        }
    }
}

impl Decimal {
    const ZERO: Decimal = Decimal { negative: false, coefficient: 0, power: 0 };

    /// Reads the text of a number.
    ///
    /// # Errors
    /// It has too many digits, or is too large or too small.
    pub(super) fn parse(text: &str) -> Result<Self, Unfit> {
        let number = Number::of(text);
        if number.precision() == 0 {
            return Ok(Decimal::ZERO);
        }
        if number.precision() > limits::INCREMENT_DIGITS {
            return Err(Unfit::Digits);
        }
        let coefficient = number.digits().fold(0, |value, digit| value * 10 + u128::from(digit - b'0'));
        let power = number.power().ok_or(Unfit::Range)?;
        Decimal::new(number.negative, coefficient, power)
    }

    /// The exact sum.
    ///
    /// # Errors
    /// It has too many digits, or is too large or too small.
    pub(super) fn plus(self, other: Decimal) -> Result<Self, Unfit> {
        let (high, low) = if self.power >= other.power { (self, other) } else { (other, self) };
        if high.coefficient == 0 {
            return Ok(low);
        }
        if low.coefficient == 0 {
            return Ok(high);
        }
        // Where the powers differ, the last digit of the sum is that of `low`, which is not 0. So what does not
        // fit here, which is over 3 × 10^38, even less what `low` can take from it, has too many digits.
        let scale = u32::try_from(high.power - low.power).map_err(|_| Unfit::Digits)?;
        let scaled = 10u128.checked_pow(scale).and_then(|scale| high.coefficient.checked_mul(scale));
        let high_coefficient = scaled.ok_or(Unfit::Digits)?;
        let (negative, coefficient) = if high.negative == low.negative {
            (high.negative, high_coefficient.checked_add(low.coefficient).ok_or(Unfit::Digits)?)
        } else if high_coefficient >= low.coefficient {
            (high.negative, high_coefficient - low.coefficient)
        } else {
            (low.negative, low.coefficient - high_coefficient)
        };
        Decimal::new(negative, coefficient, low.power)
    }

    fn new(negative: bool, mut coefficient: u128, mut power: i64) -> Result<Self, Unfit> {
        if coefficient == 0 {
            return Ok(Decimal::ZERO);
        }
        while coefficient.is_multiple_of(10) {
            coefficient /= 10;
            power += 1;
        }
        let digits = coefficient.ilog10() as usize + 1;
        if digits > limits::INCREMENT_DIGITS {
            return Err(Unfit::Digits);
        }
        let first = power.saturating_add(digits as i64 - 1);
        if !limits::INCREMENT_POWERS.contains(&first) {
            return Err(Unfit::Range);
        }
        Ok(Decimal { negative, coefficient, power })
    }
}

/// Without an exponent; integers without a point, fractions without zeros at the end.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        let digits = self.coefficient.to_string();
        let behind_point = usize::try_from(-self.power).unwrap_or(0);
        if behind_point == 0 {
            let zeros = usize::try_from(self.power).unwrap_or(0);
            return write!(f, "{digits}{}", "0".repeat(zeros));
        }
        match digits.len().checked_sub(behind_point) {
            None | Some(0) => write!(f, "0.{digits:0>behind_point$}"),
            Some(before) => write!(f, "{}.{}", &digits[..before], &digits[before..]),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(one: &str, another: &str) -> Result<String, Unfit> {
        Ok(Decimal::parse(one)?.plus(Decimal::parse(another)?)?.to_string())
    }

    /// The text of `value × 10^-scale`, by another way.
    fn text(value: i128, scale: u32) -> String {
        let unit = 10i128.pow(scale);
        let (whole, fraction) = (value.abs() / unit, value.abs() % unit);
        let sign = if value < 0 { "-" } else { "" };
        let fraction = format!("{fraction:0width$}", width = scale as usize);
        let fraction = if scale == 0 { "" } else { fraction.trim_end_matches('0') };
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }

    proptest! {
        #[test]
        fn sums_are_exact(one in any::<i64>(), another in any::<i64>(), scales in (0u32..18, 0u32..18)) {
            let common = scales.0.max(scales.1);
            let widened = |value: i64, scale: u32| i128::from(value) * 10i128.pow(common - scale);
            let expected = text(widened(one, scales.0) + widened(another, scales.1), common);
            let written = (format!("{one}e-{}", scales.0), text(i128::from(another), scales.1));
            prop_assert_eq!(sum(&written.0, &written.1), Ok(expected.clone()));
            prop_assert_eq!(sum(&written.1, &written.0), Ok(expected));
        }

        #[test]
        fn what_was_added_can_be_taken_away(
            one in "-?[1-9][0-9]{0,37}(e-?[0-7]?[0-9])?", another in "-?0\\.[0-9]{1,36}[1-9]",
        ) {
            let (one, another) = (Decimal::parse(&one).unwrap(), Decimal::parse(&another).unwrap());
            let minus = Decimal { negative: !another.negative, ..another };
            if let Ok(sum) = one.plus(another) {
                prop_assert_eq!(sum.plus(minus), Ok(one));
                prop_assert_eq!(Decimal::parse(&sum.to_string()), Ok(sum));
            }
        }
    }

    #[test]
    fn thirty_eight_digits_and_no_more() {
        let nines = "9".repeat(38);
        assert_eq!(sum(&nines, "1"), Ok(format!("1{}", "0".repeat(38))));
        assert_eq!(sum(&nines, "2"), Err(Unfit::Digits));
        assert_eq!(sum(&nines, "0.1"), Err(Unfit::Digits));
        assert_eq!(sum(&nines, &nines), Err(Unfit::Digits));
        assert_eq!(sum(&nines, &format!("-{nines}")), Ok("0".into()));
        assert_eq!(
            sum("18e37", "-89999999999999999999999999999999999999"),
            Ok(format!("9{}1", "0".repeat(36)))
        );
        assert_eq!(sum("1e38", "1"), Err(Unfit::Digits));
        assert_eq!(sum("4e38", "-1"), Err(Unfit::Digits));
        assert_eq!(sum(&format!("{nines}0.000"), "0"), Ok(format!("{nines}0")));
        assert_eq!(Decimal::parse(&format!("{nines}1")), Err(Unfit::Digits));
    }

    #[test]
    fn sizes_are_bounded() {
        assert_eq!(sum("1e999999999", "1"), Err(Unfit::Range));
        assert_eq!(sum("1e-99999999999999999999999", "1"), Err(Unfit::Range));
        assert_eq!(sum("0e99999999999999999999999", "-0"), Ok("0".into()));
        assert_eq!(sum("9e125", "1e125"), Err(Unfit::Range));
        assert_eq!(sum("9e125", "-8e125"), Ok(format!("1{}", "0".repeat(125))));
        assert_eq!(sum("1e-130", "1e-130"), Ok(format!("0.{}2", "0".repeat(129))));
        assert_eq!(sum("1e-131", "0"), Err(Unfit::Range));
        assert_eq!(sum("1e125", "1e-130"), Err(Unfit::Digits));
    }
}
