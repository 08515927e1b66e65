//! The version of the predicted kernel.

use core::fmt;

/// A version of Linux, as `7.2`. The third number (`7.2.13`) is not kept: no rule is known to change in a stable release.
///
/// [`Rule`](super::Rule) lists what differs from version to version. Only the versions in [`Self::KNOWN`] may be
/// predicted: the rules of others were not compared, and a rule may have come and gone between two known versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The first number.
    pub major: u16,
    /// The second number.
    pub minor: u16,
}

impl Version {
    /// Linux 6.1 (Debian 12).
    pub const V6_1: Self = Self::new(6, 1);
    /// Linux 6.12 (Debian 13).
    pub const V6_12: Self = Self::new(6, 12);
    /// Linux 7.0, the first with ML-DSA.
    pub const V7_0: Self = Self::new(7, 0);
    /// Linux 7.1.
    pub const V7_1: Self = Self::new(7, 1);
    /// Linux 7.2.
    pub const V7_2: Self = Self::new(7, 2);
    /// Linux 7.3.
    pub const V7_3: Self = Self::new(7, 3);

    /// The versions whose rules are known, in order.
    pub const KNOWN: [Self; 6] = [Self::V6_1, Self::V6_12, Self::V7_0, Self::V7_1, Self::V7_2, Self::V7_3];

    /// The version with these two numbers.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Whether its rules are known.
    #[must_use]
    pub fn is_known(self) -> bool {
        Self::KNOWN.contains(&self)
    }

    /// Reads the version that a text starts with, in the forms of `uname -r`: `7.2`, `6.12.117+deb13-amd64`. `None` if the
    /// text does not start with two numbers below 65,536 with a dot between them.
    #[must_use]
    pub fn from_release(text: &str) -> Option<Self> {
        let (major, rest) = text.split_once('.')?;
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let number = |digits: &str| {
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
        };
        Some(Self::new(number(major)?, number(rest.get(..end)?)?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: 6.2 for 6.12, a suffix that hides the version, a sign or a blank that `parse` accepts.
    #[test]
    fn releases() {
        for (text, expected) in [
            ("6.12", Some(Version::V6_12)),
            ("6.1.192", Some(Version::V6_1)),
            ("6.1.0-56-amd64", Some(Version::V6_1)),
            ("7.3.4+deb13-amd64", Some(Version::V7_3)),
            ("7.3-rc4", Some(Version::V7_3)),
            ("7", None),
            ("7.", None),
            (".2", None),
            ("+7.2", None),
            ("7.+2", None),
            ("7 .2", None),
            ("7.65536", None),
            ("", None),
        ] {
            assert_eq!(Version::from_release(text), expected, "{text}");
        }
        assert!(Version::KNOWN.is_sorted() && Version::V7_0.is_known());
        assert!(!Version::new(6, 6).is_known() && !Version::new(5, 15).is_known());
    }
}
