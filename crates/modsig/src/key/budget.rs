//! The work that a key file may require: its numbers of rounds are chosen by whoever made it.

use super::KeyError;

/// The rounds of key derivation left for one file.
pub(super) struct Budget {
    rounds: u64,
}

impl Budget {
    /// The largest number of rounds that a file may require, in all its parts together: about ten seconds. OpenSSL
    /// writes 2,048 for each part, Java 10,000, this crate 600,000.
    pub(super) const ROUNDS: u64 = 10_000_000;

    /// The budget of one file.
    pub(super) const fn new() -> Self {
        Self { rounds: Self::ROUNDS }
    }

    /// Takes rounds off the budget, before they are computed.
    ///
    /// # Errors
    /// [`KeyError::CostlyEncryption`] if fewer are left.
    pub(super) fn spend(&mut self, rounds: u64) -> Result<(), KeyError> {
        self.rounds = self.rounds.checked_sub(rounds).ok_or(KeyError::CostlyEncryption)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: a limit for each part instead of one for the file.
    #[test]
    fn parts_share_one_budget() {
        let mut budget = Budget::new();
        assert_eq!(budget.spend(Budget::ROUNDS - 1), Ok(()));
        assert_eq!(budget.spend(1), Ok(()));
        assert_eq!(budget.spend(1), Err(KeyError::CostlyEncryption));
        assert_eq!(Budget::new().spend(u64::MAX), Err(KeyError::CostlyEncryption));
    }
}
