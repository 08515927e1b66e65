//! The version of the predicted kernel.

use core::fmt;

/// A version of Linux, as `7.2`. The third number (`7.2.13`) is not kept: a rule that changed in a stable release is
/// listed in `docs/kernel-rules.md`.
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

    /// The version with these two numbers.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
