//! How Linux parses a time: UTCTime for 1970 to 2049, GeneralizedTime for the years before 1950 and from 2050, both to
//! the second and with `Z` (`x509_decode_time`).

use super::Errno;
use crate::asn1::tag;

/// Seconds since 1970. Hour 24 and second 60 are valid and carry over into the next day and minute.
///
/// # Errors
/// EBADMSG for any other format.
pub(super) fn decode_time(tag: u8, value: &[u8]) -> Result<i64, Errno> {
    const MALFORMED: Errno = Errno::EBADMSG;
    let digits = value.strip_suffix(b"Z").ok_or(MALFORMED)?;
    let pairs: Vec<i64> = digits.chunks(2).map(two_digits).collect::<Option<_>>().ok_or(MALFORMED)?;
    let (year, rest) = match (tag, pairs.as_slice()) {
        (tag::UTC_TIME, [year, rest @ ..]) => (if *year >= 50 { 1900 } else { 2000 } + year, rest),
        (tag::GENERALIZED_TIME, [century, year, rest @ ..]) => (100 * century + year, rest),
        _ => return Err(MALFORMED),
    };
    if tag == tag::GENERALIZED_TIME && (1950..=2049).contains(&year) {
        return Err(MALFORMED);
    }
    let &[month, day, hour, minute, second] = rest else { return Err(MALFORMED) };
    let valid = year >= 1970
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour <= 24
        && minute <= 59
        && second <= 60;
    if !valid {
        return Err(MALFORMED);
    }
    Ok(((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

fn two_digits(pair: &[u8]) -> Option<i64> {
    match *pair {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
        }
        _ => None,
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, from 1970 on.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let leap_days = |year: i64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leap_days(year - 1) - leap_days(1969);
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    years + months + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let utc = |text: &[u8]| decode_time(tag::UTC_TIME, text);
        let general = |text: &[u8]| decode_time(tag::GENERALIZED_TIME, text);
        assert_eq!(utc(b"700101000000Z"), Ok(0));
        assert_eq!(utc(b"000301000000Z"), Ok(951_868_800));
        assert_eq!(utc(b"491231235959Z"), Ok(2_524_607_999));
        assert_eq!(general(b"20500101000000Z"), Ok(2_524_608_000));
        assert_eq!(general(b"21000301000000Z"), Ok(4_107_542_400));
        // Each field counts, and each month has its number of days.
        assert_eq!(utc(b"700101000001Z"), Ok(1));
        assert_eq!(utc(b"700101000100Z"), Ok(60));
        assert_eq!(utc(b"700101010000Z"), Ok(3600));
        assert_eq!(utc(b"990909090909Z"), Ok(936_868_149));
        assert_eq!(general(b"24000229123456Z"), Ok(13_574_608_496));
        assert_eq!(general(b"99991231235959Z"), Ok(253_402_300_799));
        for (month, days) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().enumerate() {
            let of = |day: i32| utc(format!("71{:02}{day:02}000000Z", month + 1).as_bytes());
            assert!(of(days).is_ok() && of(0).is_err(), "{month}");
            assert_eq!(of(days + 1), Err(Errno::EBADMSG), "{month}");
        }
        // Leap years: every 4 years, except every 100, but every 400.
        assert!(utc(b"720229000000Z").is_ok() && utc(b"000229000000Z").is_ok());
        assert!(utc(b"730229000000Z").is_err() && general(b"21000229000000Z").is_err());
        assert!(general(b"24000229000000Z").is_ok() && general(b"20960229000000Z").is_ok());
        // Midnight as 24:00 and a leap second: the next day and the next minute.
        assert_eq!(utc(b"700101240000Z"), utc(b"700102000000Z"));
        assert_eq!(utc(b"700101235960Z"), utc(b"700102000000Z"));
        for text in [
            &b"691231235959Z"[..],
            b"700101000000",
            b"7001010000Z",
            b"700101000000+0000",
            b"701301000000Z",
            b"700001000000Z",
            b"010229000000Z",
            b"700132000000Z",
            b"700101250000Z",
            b"700101006000Z",
            b"700101000061Z",
            b"7001010000 0Z",
            b"",
            b"Z",
        ] {
            assert_eq!(utc(text), Err(Errno::EBADMSG), "{text:?}");
        }
        assert_eq!(general(b"20491231235959Z"), Err(Errno::EBADMSG));
        assert_eq!(general(b"700101000000Z"), Err(Errno::EBADMSG));
        assert_eq!(decode_time(tag::INTEGER, b"700101000000Z"), Err(Errno::EBADMSG));
    }
}
