//! The guide. Its examples are tests. This module has no code and is not part of a build.

#[doc = include_str!("../docs/constant_time.md")]
pub mod constant_time {}

#[doc = include_str!("../docs/external_mu.md")]
pub mod external_mu {}

#[doc = include_str!("../docs/hedged_and_deterministic.md")]
pub mod hedged_and_deterministic {}

#[doc = include_str!("../docs/migrating.md")]
pub mod migrating {}

#[doc = include_str!("../docs/parameter_sets.md")]
pub mod parameter_sets {}
